import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { groupOf, removeDeadGroups } from "../../../src/trials/volume/engine/control-groups.ts";
import type { EngineHands, EngineProcess, Subject } from "../../../src/trials/volume/subject.ts";
import { descendantsOf } from "../../../src/trials/volume/subjects/host/processes.ts";
import { trySubject } from "../../fixtures/volume-lab.ts";
import { requires } from "../../requires.ts";
import { isAlive } from "./tiny.ts";

const here = fs.readlinkSync("/proc/self/ns/pid");

/** Control groups of containers in the hosts of these keepers. */
function groupsOf(keeperPids: readonly number[]): string[] {
  const names = keeperPids.map(groupOf);
  const trees = ["", ...fs.readdirSync("/sys/fs/cgroup")].map((tree) => path.join("/sys/fs/cgroup", tree));
  return trees.flatMap((tree) => names.map((name) => path.join(tree, name))).filter((group) => fs.existsSync(group));
}

requires("engine", "embedded")("an engine of the suite's own", () => {
  let subject: Subject;
  let engine: EngineHands;
  let keeperPid = 0;

  beforeAll(async () => {
    subject = await trySubject({ hasEngine: true });
    if (!subject.engine) throw new Error("there is no engine");
    engine = subject.engine;
    const isInside = (pid: number) => fs.readlinkSync(`/proc/${pid}/ns/pid`) !== here;
    keeperPid = descendantsOf([process.pid]).find(isInside) ?? 0;
  });
  // The last test ends it as well, and looks.
  afterAll(() => subject[Symbol.asyncDispose]());

  test("starts when it is first needed, and knows the driver", async () => {
    await engine.createVolume({ name: "one", options: { mode: "0750" }, labels: { colour: "red" } });
    expect(await engine.volume("one")).toMatchObject({
      name: "one",
      driver: engine.driver,
      scope: "local",
      options: { mode: "0750" },
      labels: { colour: "red" },
    });
    expect(await engine.volumes()).toContain("one");
  });

  test("runs containers on a volume and copies in and out", async () => {
    const container = await engine.container({
      script: "cat /v/in; echo hello >/v/out; sleep 100",
      mounts: [{ volume: "one", target: "/v" }],
    });
    await container.copyIn("/v", "in", "copied");
    await container.start();
    expect(await container.run("cat /v/in; exit 3")).toEqual({ status: 3, output: "copied" });
    expect(await container.copyOut("/v/out")).toBe("hello\n");
    expect(await container.isRunning()).toBe(true);
    expect(groupsOf([keeperPid])).not.toEqual([]);
    await container.stop();
    expect(await container.ended()).toBe(137);
    expect(await container.output()).toBe("copied");
    await container.remove();
    await container.remove();
  });

  test("goes with a suite that is killed, and its control groups with the next one", async () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-engine-"));
    const script = path.join(directory, "lab.cjs");
    const external = ["cpu-features", "*.node"];
    const entryPoints = ["test/integration/volume/engine-lab-process.ts"];
    buildSync({
      entryPoints,
      outfile: script,
      bundle: true,
      platform: "node",
      format: "cjs",
      external,
      logLevel: "error",
    });
    const lab = spawn(process.execPath, [script, directory, path.resolve("dist/subjects")], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    onTestFinished(() => void lab.kill("SIGKILL"));
    await once(lab.stdout, "data");
    // The container is up before its shell has come to its last word.
    await expect
      .poll(() => descendantsOf([lab.pid ?? 0]).map(commandOf))
      .toEqual(expect.arrayContaining(["dockerd", "containerd", "containerd-shim", "sleep"]));
    const pids = descendantsOf([lab.pid ?? 0]);
    expect(groupsOf(pids)).not.toEqual([]);
    lab.kill("SIGKILL");
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
    // A group is busy until the kernel has let go of the last of its dead.
    await expect.poll(() => removeDeadGroups().then(() => groupsOf(pids)), { interval: 200 }).toEqual([]);
    fs.rmSync(directory, { recursive: true });
  });

  test("is killed and started again", async () => {
    const { kill, start } = bound(engine.process);
    await kill();
    await start();
    expect(await engine.volumes()).toContain("one");
    await engine.removeVolume("one");
    expect(await engine.volume("one")).toBeUndefined();
  });

  test("leaves nothing in its end", async () => {
    await subject[Symbol.asyncDispose]();
    expect(fs.existsSync(`/proc/${keeperPid}`)).toBe(false);
    await expect.poll(() => removeDeadGroups().then(() => groupsOf([keeperPid])), { interval: 200 }).toEqual([]);
  });
});

/** "" for one that has ended meanwhile, as those do that only start others. */
function commandOf(pid: number): string {
  try {
    return fs.readFileSync(`/proc/${pid}/comm`, "utf8").trim();
  } catch {
    return "";
  }
}

function bound(process: EngineProcess | undefined): Pick<EngineProcess, "kill" | "start"> {
  if (!process) throw new Error("the engine is no process of the suite");
  return { kill: () => process.kill(), start: (settings) => process.start(settings) };
}
