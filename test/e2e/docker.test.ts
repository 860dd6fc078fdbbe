import { randomUUID } from "node:crypto";
import { mkdirSync, readdirSync } from "node:fs";
import path from "node:path";
import type Dockerode from "dockerode";
import { afterAll, beforeAll, expect, it } from "vitest";
import { parseReport } from "../../src/report/parse.ts";
import { connectEngine } from "../../src/runtimes/docker/connect.ts";
import { LABEL } from "../../src/runtimes/docker/labels.ts";
import { box, forever, freshOwner, openWith, runtimeOn } from "../integration/docker/engine.ts";
import { requires } from "../requires.ts";
import { createUser, TINY } from "./binary.ts";

/** This machine's own programs, so that a container has a shell without any image being pulled. */
const PROGRAMS = ["/bin", "/usr", "/lib", "/lib64"].map((directory) => `${directory}:${directory}:ro`);

const TINY_ON_DOCKER = TINY.map((word) => (word === "embedded" ? "docker" : word));

requires("docker")("the command with an engine", () => {
  let client: Dockerode;
  const env = { DOCKER_HOST: process.env["DOCKER_HOST"] };
  const made: string[] = [];

  beforeAll(async () => {
    ({ client } = await connectEngine(process.env, forever));
  });
  afterAll(async () => {
    for (const name of made) await client.getContainer(name).remove({ force: true });
  });

  /** A container that nobody but the user knows of. */
  const startContainer = async (binds: string[]): Promise<string> => {
    await using environment = await openWith(runtimeOn(), freshOwner(), [box("a")]);
    const ours = environment.container("a").facts["name"] ?? "";
    const { Image, Config } = await client.getContainer(ours).inspect();
    const name = `user-${randomUUID()}`;
    const command = { Entrypoint: Config.Entrypoint, Cmd: ["-e", "setInterval(() => {}, 1e6)"] };
    const HostConfig = { NetworkMode: "none", Binds: [...PROGRAMS, ...binds] };
    const container = await client.createContainer({ name, Image, ...command, HostConfig });
    made.push(name);
    await container.start();
    return name;
  };

  it("runs there, and sweep --images takes the cached image away", async () => {
    const user = createUser();
    const { exit, stdout } = await user.start([...TINY_ON_DOCKER, "--json"], env).ended;
    expect(exit).toBe(0);
    const [, runtime] = parseReport(stdout).environment;
    expect(runtime?.facts[0]).toEqual(["runtime", "docker"]);
    const swept = await user.start(["sweep", "--images"], env).ended;
    expect([swept.exit, swept.stdout]).toEqual([0, expect.stringContaining("docker images: image seatrial-agent:")]);
  });

  it("killed at once, leaves containers that sweep removes", async () => {
    const user = createUser();
    const run = user.start([...TINY_ON_DOCKER, "--samples", "100000", "--max-duration", "60s"], env);
    await run.says(/visibility: [\d,]+ of/);
    run.signal("SIGKILL");
    await run.ended;
    const [runId] = readdirSync(path.join(user.folder, "runs"));
    const filters = { label: [`${LABEL.run}=${runId}`] };
    const swept = await user.start(["sweep"], env).ended;
    expect([swept.exit, swept.stdout]).toEqual([0, expect.stringContaining(`this machine: `)]);
    expect(await client.listContainers({ all: true, filters })).toEqual([]);
  });

  it("a barrier is passed when the container is up to date", async () => {
    const user = createUser();
    mkdirSync(path.join(user.folder, "source/a/b"), { recursive: true });
    const name = await startContainer([`${path.join(user.folder, "source")}:/app`]);
    const { exit, stdout } = await user.start(["barrier", "source", "--container", name], env).ended;
    expect([exit, stdout]).toEqual([0, expect.stringContaining("3 directories after")]);
    expect(readdirSync(path.join(user.folder, "source"), { recursive: true })).toEqual(["a", "a/b"]);
  });

  it("a barrier ends with 1 when its time is up, and names what is not visible yet", async () => {
    const user = createUser();
    for (const directory of ["source/hidden", "other"])
      mkdirSync(path.join(user.folder, directory), { recursive: true });
    const at = (directory: string) => path.join(user.folder, directory);
    const name = await startContainer([`${at("source")}:/app`, `${at("other")}:/app/hidden`]);
    const words = ["barrier", "source", "--container", name, "--timeout", "2s", "--json"];
    const { exit, stdout } = await user.start(words, env).ended;
    expect([exit, JSON.parse(stdout)]).toEqual([1, expect.objectContaining({ visible: 1, pending: ["hidden"] })]);
    expect(readdirSync(at("source/hidden"))).toEqual([]);
  });

  it.each([
    ["no container", ["source", "--container", "nobody"], 2, "CONTAINER_NOT_FOUND"],
    ["no directory", ["missing", "--container", "nobody"], 2, "BARRIER_PATH"],
    ["another runtime", ["source", "--container", "nobody", "--runtime", "embedded"], 2, "RUNTIME_WITHOUT_BARRIER"],
    ["no duration", ["source", "--container", "nobody", "--timeout", "30"], 2, "SETTING_INVALID"],
  ])("a barrier needs more than %s", async (_what, words, code, error) => {
    const user = createUser();
    mkdirSync(path.join(user.folder, "source"));
    const { exit, stderr } = await user.start(["barrier", ...words], env).ended;
    expect([exit, stderr]).toEqual([code, expect.stringContaining(error)]);
  });
});
