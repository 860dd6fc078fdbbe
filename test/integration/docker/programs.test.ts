import { mkdtemp, rm } from "node:fs/promises";
import path from "node:path";
import { pack } from "tar-stream";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Environment } from "../../../src/core/runtime.ts";
import { tarOf } from "../../../src/runtimes/docker/archive.ts";
import { connectEngine, type Engine } from "../../../src/runtimes/docker/connect.ts";
import { interpreterOf } from "../../../src/runtimes/docker/elf.ts";
import { startExec } from "../../../src/runtimes/docker/exec.ts";
import { librariesOf } from "../../../src/runtimes/docker/node-files.ts";
import { followSteps } from "../../../src/runtimes/docker/progress-stream.ts";
import { findPrograms } from "../../../src/runtimes/programs.ts";
import { requires } from "../../requires.ts";
import { agentIn, box, forever, freshOwner, leftoversOf, openWith, runtimeOn } from "./engine.ts";

const BARE = "seatrial-test-bare:1";
const WITH_SHELL = "seatrial-test-shell:1";
const READ_BACK = "--name=it --filename=/data/file --size=256k --bs=4k --rw=write --verify=crc32c --direct=1".split(
  " ",
);

requires("docker", "fio")("programs of this machine", () => {
  let engine: Engine;
  let source = "";

  beforeAll(async () => {
    engine = await connectEngine(process.env, forever);
    // Not in a memory file system: some refuse direct transfers.
    source = await mkdtemp(path.resolve("dist/test-programs-"));
    const bare = pack();
    bare.entry({ name: "marker" }, "nothing else");
    bare.finalize();
    await followSteps(await engine.client.importImage(bare, { repo: BARE }), () => {});
    const shell = tarOf({ files: await ownShell(), node: [], env: [] });
    await followSteps(await engine.client.importImage(shell, { repo: WITH_SHELL }), () => {});
  });
  afterAll(async () => {
    await runtimeOn().removeCache(forever);
    for (const image of [BARE, WITH_SHELL]) await engine.client.getImage(image).remove({ force: true });
    await rm(source, { recursive: true });
  });

  /** At the places where this machine has it, as a distribution's image would. */
  async function ownShell() {
    const [shell = ""] = await findPrograms("sh", process.env["PATH"]);
    const loader = (await interpreterOf(shell)) ?? "";
    const libraries = await librariesOf(shell, loader, forever);
    const inPlace = libraries.map((file) => ({
      ...file,
      path: typeof file.source === "string" ? file.source.slice(1) : "",
    }));
    return [{ path: "bin/sh", source: shell, mode: 0o755 }, ...inPlace];
  }

  function open(image?: string, programs = ["fio"]): Promise<Environment> {
    const spec = { ...box("a", [{ source, target: "/data" }], image), programs };
    return openWith(runtimeOn(), freshOwner(), [spec]);
  }

  async function run(environment: Environment, command: string[]): Promise<{ output: string; reason: string }> {
    const name = environment.container("a").facts["name"] ?? "";
    const channel = await startExec(engine.client.getContainer(name), command);
    let output = "";
    for await (const chunk of channel.output) output += String(chunk);
    return { output: output + channel.errorTail(), reason: (await channel.closed).reason };
  }

  it.each(["psync", "libaio", "io_uring"])("are found by name where there is nothing else: fio with %s", async (io) => {
    await using environment = await open();
    const { output, reason } = await run(environment, ["fio", ...READ_BACK, `--ioengine=${io}`]);
    expect({ output, reason }).toMatchObject({ output: expect.stringMatching(/err= 0/), reason: "exit status 0" });
  });

  it("run on a base image that has a shell and not them", async () => {
    await using environment = await open(WITH_SHELL);
    const { output, reason } = await run(environment, ["fio", ...READ_BACK, "--ioengine=libaio"]);
    expect({ output, reason }).toMatchObject({ output: expect.stringMatching(/err= 0/), reason: "exit status 0" });
    expect(await run(environment, ["sh", "-c", "echo own libraries"])).toMatchObject({ output: "own libraries\n" });
  });

  it("are not added to a base image that has them", async () => {
    await using environment = await open(WITH_SHELL, ["sh"]);
    expect(await run(environment, ["sh", "-c", "command -v sh"])).toMatchObject({ output: "/bin/sh\n" });
  });

  it.each([
    [undefined, "no-such-program"],
    [undefined, "../fio"],
    [WITH_SHELL, "no-such-program"],
    [BARE, "fio"],
  ])("in the image %s that cannot have %s are an error, and leave nothing", async (image, program) => {
    const owner = freshOwner();
    const spec = { ...box("a", [], image), programs: [program] };
    await expect(openWith(runtimeOn(), owner, [spec])).rejects.toMatchObject({ code: "PROGRAM_MISSING" });
    expect(await leftoversOf(owner)).toEqual([]);
  });
});

requires("docker")("a volume of the user's", () => {
  const volume = `seatrial-test-${process.pid}`;
  let engine: Engine;
  beforeAll(async () => {
    engine = await connectEngine(process.env, forever);
    await engine.client.createVolume({ Name: volume });
  });
  afterAll(async () => {
    await engine.client.getVolume(volume).remove();
  });
  const spec = (name: string) => ({ ...box("a"), volumes: [{ volume: name, target: "/volume" }] });

  it("is shared by those who name it, and stays", async () => {
    for (const expected of [[], ["kept"]]) {
      await using environment = await openWith(runtimeOn(), freshOwner(), [spec(volume)]);
      await using agent = await agentIn(environment, "a");
      expect(await agent.call("files.list", { path: "/volume" })).toEqual(expected);
      await agent.call("files.write", { path: "/volume/kept", text: "" });
    }
  });

  it("that is not there is an error, and is not made", async () => {
    const opening = openWith(runtimeOn(), freshOwner(), [spec(`${volume}-absent`)]);
    await expect(opening).rejects.toMatchObject({ code: "VOLUME_MISSING", message: expect.stringContaining("absent") });
    const { Volumes } = await engine.client.listVolumes();
    expect(Volumes.map(({ Name }) => Name)).not.toContain(`${volume}-absent`);
  });
});
