import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemCode } from "../../../core/errors.ts";
import { type CommandLimits, runCommand } from "../../command.ts";
import { driverError } from "../../errors.ts";
import { mountedAt } from "./mounted.ts";
import { MOUNT_TIMEOUT_SECONDS, mountFlags, type MountJob, type Mounter, PathGone } from "./mounter.ts";
import { away, reachArguments } from "./orders.ts";
import type { CephfsSettings } from "./settings.ts";

const LOOK_AGAIN_MS = 10;
const END_GRACE_MS = 2000;
const LONGEST_WORDS_BYTES = 16_384;

/** A server that has not mounted yet. */
interface StartingServer {
  child: ChildProcess;
  /** Resolves when it has ended. */
  ended: Promise<void>;
  /** What it has printed so far; not to be asked after `release`. */
  words(): string;
  release(): void;
}

/**
 * Mounts through `ceph-fuse`, one process for each mount. It stays in the foreground, so that it is a child of the driver
 * where that is a container's first process and nobody else would reap it, and has a session of its own, so that it outlives
 * a driver that is not.
 */
export class FuseMounter implements Mounter {
  readonly #settings: CephfsSettings;
  readonly #env: CommandLimits["env"];
  readonly #killed: () => void;

  /** `killed` hears of each server that did not say good-bye to the cluster. */
  constructor(settings: CephfsSettings, { env, killed }: { env: CommandLimits["env"]; killed: () => void }) {
    this.#settings = settings;
    this.#env = env;
    this.#killed = killed;
  }

  async mount(job: MountJob, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const server = this.#start(job);
    try {
      await this.#untilMounted(server, job.target, signal);
    } catch (error) {
      await this.#takeBack(server, job.target);
      throw error;
    } finally {
      server.release();
    }
    server.child.unref();
  }

  #start({ subvolume, options, identity, target }: MountJob): StartingServer {
    const output = unnamedFile(this.#settings.runDirectory);
    const words = [
      ...["-f", ...reachArguments({ ...this.#settings, ...identity }), "-r", subvolume.path],
      ...[`--client_mds_namespace=${this.#settings.fileSystem}`, `--client_mount_timeout=${MOUNT_TIMEOUT_SECONDS}`],
      ...[target, "-o", mountFlags(options).join(",")],
    ];
    const child = spawn("ceph-fuse", words, {
      ...{ env: this.#env, cwd: "/", detached: true, stdio: ["ignore", output, output] },
    });
    let failure = "";
    const ended = new Promise<void>((resolve) => {
      child.once("error", (error) => {
        failure = systemCode(error) === "ENOENT" ? "ceph-fuse is in no directory of PATH" : error.message;
        resolve();
      });
      child.once("exit", (code) => {
        if (code !== 0) this.#killed();
        resolve();
      });
    });
    return { child, ended, words: () => failure || lastWords(output), release: () => fs.closeSync(output) };
  }

  async #untilMounted(server: StartingServer, target: string, signal: AbortSignal): Promise<void> {
    let over = false;
    void server.ended.then(() => {
      over = true;
    });
    while (mountedAt(target) === undefined) {
      if (over) throw refusal(server.words());
      await Promise.race([delay(LOOK_AGAIN_MS), server.ended]);
      signal.throwIfAborted();
    }
  }

  /** It has no file open and nothing written yet, so that it may be killed. */
  async #takeBack({ child, ended }: StartingServer, target: string): Promise<void> {
    child.kill("SIGTERM");
    const late = new AbortController();
    const grace = delay(END_GRACE_MS, undefined, { signal: late.signal }).catch(() => undefined);
    await Promise.race([ended, grace]);
    late.abort();
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await Promise.race([ended, delay(END_GRACE_MS, undefined, { ref: false })]);
    child.unref();
    if (mountedAt(target) === undefined) return;
    const limits = { env: this.#env, signal: AbortSignal.timeout(END_GRACE_MS), timeoutMs: END_GRACE_MS };
    await runCommand(["umount", "-c", "-i", "-l", target], limits).catch(() => undefined);
  }
}

/** For output that nobody has to clean up. */
function unnamedFile(directory: string): number {
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = path.join(directory, `output-${randomUUID()}`);
  const descriptor = fs.openSync(file, "wx+", 0o600);
  fs.unlinkSync(file);
  return descriptor;
}

function lastWords(descriptor: number): string {
  const buffer = Buffer.alloc(LONGEST_WORDS_BYTES);
  return buffer.toString("utf8", 0, fs.readSync(descriptor, buffer, 0, buffer.length, 0));
}

function refusal(words: string): Error {
  const [, number, reason] = /ceph mount failed with \((\d+)\) (.*)/.exec(words) ?? [];
  // The library's own complaint says more than what comes after it.
  const complaint = /^fuse: (.*)/m.exec(words)?.[1];
  const told = reason ?? complaint ?? words.trim().split("\n").at(-1) ?? "";
  if (number === "2") return new PathGone(told);
  if (number === "110" || /timed out|unable to get monitor info|fetch_mon_config/.test(words))
    return away(`ceph-fuse does not reach the cluster: ${told}`);
  return driverError("MOUNT_FAILED", `ceph-fuse: ${told || "it ended without a word"}`);
}
