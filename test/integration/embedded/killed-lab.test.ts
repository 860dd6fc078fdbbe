import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { loopDevices } from "../../../src/disk/loop-device.ts";
import { ownerIn } from "../../../src/disk/mark.ts";
import { markedProcesses } from "../../../src/runtimes/embedded/sweep.ts";
import { isAlive } from "../../../src/store/owner.ts";
import { has, requires } from "../../requires.ts";
import { builtAgent } from "../agent-bundle.ts";
import { DISK_SCRIPT } from "../disk-leftovers.ts";
import { embeddedSubject } from "./subject.ts";

requires("embedded")("a lab killed with SIGKILL", () => {
  const directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), "seatrial-killed-")));
  const stateDir = path.join(directory, "state");
  const bundle = path.join(directory, "lab.mjs");
  const agent = builtAgent();

  beforeAll(() => {
    mkdirSync(stateDir);
    const entryPoints = ["test/integration/embedded/lab-process.ts"];
    buildSync({ entryPoints, outfile: bundle, bundle: true, platform: "node", format: "esm", logLevel: "warning" });
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  /** Starts a lab, kills it when `due` says so, and returns its run. */
  async function killLab(runId: string, due: (said: () => string) => Promise<void>): Promise<void> {
    const disk = has("disk") ? [DISK_SCRIPT] : [];
    const lab = spawn(process.execPath, [bundle, agent.scriptPath, stateDir, runId, ...disk], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const closed = once(lab, "close");
    let said = "";
    lab.stdout.on("data", (text: Buffer) => {
      said += text.toString();
    });
    await due(() => said).finally(() => lab.kill("SIGKILL"));
    await closed;
  }

  /** Of one run, whichever lab's: a killed process is known by neither pid nor start. */
  function loopDevicesOf(runId: string): string[] {
    return loopDevices().flatMap(({ device, file }) => (ownerIn(file)?.runId === runId ? [device] : []));
  }

  function processesOf(runId: string): number[] {
    return [...markedProcesses()].filter(([mark]) => mark.startsWith(`${runId}/`)).flatMap(([, pids]) => pids);
  }

  test("takes its containers and disks with it: busy, idle and frozen ones", async () => {
    const runId = path.basename(directory);
    await killLab(runId, async (said) => {
      await expect.poll(said).toContain("all\n");
      // Three keepers and three agents, each with the unshare that waits for it outside.
      expect(processesOf(runId)).toHaveLength(12);
    });
    await expect.poll(() => processesOf(runId)).toEqual([]);
    await expect.poll(() => loopDevicesOf(runId)).toEqual([]);
  });

  test("at any moment leaves nothing that a sweep does not remove", async () => {
    const random = createRandom("killed-lab");
    const { runtime, leftovers } = embeddedSubject(agent, stateDir);
    for (let round = 0; round < 15; round++) {
      const runId = `${path.basename(directory)}-${round}`;
      await killLab(runId, () => wait(30 + random.below(900)));
      await runtime.sweep(isAlive, new AbortController().signal);
      // The kernel lets go of what was killed in its own time.
      await expect.poll(() => [processesOf(runId), loopDevicesOf(runId)]).toEqual([[], []]);
      await expect.poll(() => leftovers({ runId, lab: "" })).toEqual([]);
    }
  });
});
