import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { connectEngine, type Engine } from "../../../src/runtimes/docker/connect.ts";
import { viewContainer } from "../../../src/runtimes/docker/existing.ts";
import { requires } from "../../requires.ts";
import { box, forever, freshOwner, openWith, runtimeOn } from "./engine.ts";

/** This machine's own programs, so that a container has a shell without any image being pulled. */
const PROGRAMS = ["/bin", "/usr", "/lib", "/lib64"].map((directory) => `${directory}:${directory}:ro`);

requires("docker")("a look into a user's own container", () => {
  let engine: Engine;
  let source = "";
  const names = { shell: `user-${randomUUID()}`, bare: `user-${randomUUID()}`, stopped: `user-${randomUUID()}` };
  const view = (container: string, hostPath = source) =>
    viewContainer({ container, hostPath, env: process.env }, forever);

  beforeAll(async () => {
    engine = await connectEngine(process.env, forever);
    source = await mkdtemp(path.join(os.tmpdir(), "seatrial-existing-"));
    await using environment = await openWith(runtimeOn(), freshOwner(), [box("a")]);
    const { Image, Config } = await engine.client
      .getContainer(environment.container("a").facts["name"] ?? "")
      .inspect();
    const start = async (name: string, binds: string[]) => {
      const common = { name, Image, Entrypoint: Config.Entrypoint, Cmd: ["-e", "setInterval(() => {}, 1e6)"] };
      const container = await engine.client.createContainer({
        ...common,
        HostConfig: { NetworkMode: "none", Binds: binds },
      });
      if (name !== names.stopped) await container.start();
    };
    await start(names.shell, [...PROGRAMS, `${source}:/app`]);
    await start(names.bare, [`${source}:/app`]);
    await start(names.stopped, []);
  });
  afterAll(async () => {
    for (const name of Object.values(names)) await engine.client.getContainer(name).remove({ force: true });
    await rm(source, { recursive: true });
  });

  it("reads files and lists directories as they change", async () => {
    await mkdir(path.join(source, "a dir"));
    await using container = await view(names.shell, path.join(source, "a dir"));
    expect(container.path).toBe("/app/a dir");
    expect(await container.readFile("/app/a dir/nonce")).toBeUndefined();
    expect(await container.list("/app/a dir")).toEqual([]);
    await writeFile(path.join(source, "a dir", "nonce"), "first\nsecond\n");
    await writeFile(path.join(source, "a dir", "-n"), "");
    const looks = await Promise.all([container.readFile("/app/a dir/nonce"), container.list("/app/a dir")]);
    expect(looks).toEqual(["first\nsecond", ["-n", "nonce"]]);
    expect(await container.readFile("/app/a dir/-n")).toBe("");
    expect(await container.list("/app/none")).toBeUndefined();
  });

  it("finds a path that is named through a link", async () => {
    const link = path.join(os.tmpdir(), `seatrial-link-${randomUUID()}`);
    await symlink(source, link);
    await using container = await view(names.shell, path.join(link, "a dir"));
    expect(container.path).toBe("/app/a dir");
    await rm(link);
  });

  it("leaves no process behind", async () => {
    const processes = async () => {
      const { Processes } = (await engine.client.getContainer(names.shell).top()) as { Processes: string[][] };
      return Processes.length;
    };
    const before = await processes();
    const container = await view(names.shell);
    expect(await processes()).toBeGreaterThan(before);
    await container[Symbol.asyncDispose]();
    await expect.poll(processes).toBe(before);
  });

  it("says what is in the way", async () => {
    await expect(view("nobody")).rejects.toMatchObject({
      code: "CONTAINER_NOT_FOUND",
      message: 'no container "nobody"',
    });
    await expect(view(names.stopped)).rejects.toMatchObject({
      code: "CONTAINER_NOT_RUNNING",
      message: expect.stringContaining("created"),
    });
    await expect(view(names.shell, "/etc")).rejects.toMatchObject({
      code: "PATH_NOT_MOUNTED",
      message: expect.stringContaining("at /app"),
    });
    await expect(view(names.bare)).rejects.toMatchObject({
      code: "SHELL_MISSING",
      message: expect.stringContaining("sh"),
    });
  });
});
