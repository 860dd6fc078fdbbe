import { execFile, spawn } from "node:child_process";
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import type Dockerode from "dockerode";
import { expect } from "vitest";
import { connectEngine } from "../../../src/runtimes/docker/connect.ts";
import { processStat } from "../../../src/store/owner.ts";

const run = promisify(execFile);
const RESTART_LIMIT_MS = 30_000;

/** An engine that nobody else uses, so that it may be killed. */
export interface DisposableEngine {
  env: Record<string, string>;
  /** The name of the cgroup that all its containers are in. */
  cgroup: string;
  /** Ends it and removes all that was its own. */
  stop(): Promise<void>;
  /** SIGKILL to the engine; what it started runs on. */
  kill(): Promise<void>;
  /** Starts it again as it was started first; resolves when it answers. */
  restart(): Promise<void>;
  client(): Promise<Dockerode>;
}

/** Starts one beside any that runs already. */
export async function startEngine(): Promise<DisposableEngine> {
  const directory = mkdtempSync(path.join(os.tmpdir(), "sv-"));
  const lab = { ...process.env, SEATRIAL_LAB_DIR: directory };
  await run("scripts/lab", ["up", "--no-install"], { env: lab });
  const env = { DOCKER_HOST: `unix://${directory}/docker.sock` };
  const pidFile = path.join(directory, "dockerd.pid");
  const pid = () => Number(readFileSync(pidFile, "utf8").split(" ")[0]);
  const [program = "", ...words] = readFileSync(`/proc/${pid()}/cmdline`, "utf8").split("\0").slice(0, -1);
  const client = async () => (await connectEngine(env, AbortSignal.timeout(RESTART_LIMIT_MS))).client;
  const kill = async () => {
    const killed = pid();
    process.kill(killed, "SIGKILL");
    await expect.poll(() => endedOrDying(killed), { timeout: 10_000, interval: 10 }).toBe(true);
  };
  const restart = async () => {
    // What an init system does: the number in it may be another process's by now, or that of one not yet waited for.
    rmSync(path.join(directory, "engine.pid"), { force: true });
    const log = openSync(path.join(directory, "dockerd.log"), "a");
    const child = spawn(program, words, { detached: true, stdio: ["ignore", log, log] });
    child.unref();
    // As the script writes it, so that its `down` ends this one too.
    writeFileSync(pidFile, `${child.pid} ${processStat(child.pid ?? 0)?.startTicks}\n`);
    for (const startedMs = performance.now(); ; await wait(50)) {
      if (
        await client().then(
          () => true,
          () => false,
        )
      )
        return;
      if (performance.now() - startedMs > RESTART_LIMIT_MS) throw new Error("the engine does not start again");
    }
  };
  const stop = async () => {
    await run("scripts/lab", ["down"], { env: lab });
    rmSync(directory, { recursive: true, force: true });
  };
  return { env, cgroup: path.basename(directory), stop, kill, restart, client };
}

function endedOrDying(pid: number): boolean {
  const state = processStat(pid)?.state;
  return state === undefined || state === "Z" || state === "X";
}
