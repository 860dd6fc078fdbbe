import { randomUUID } from "node:crypto";
import os from "node:os";
import type { DiskDamage, DiskHit, DiskRule, DiskSpec, DiskStatistics, FileSystem, PowerCut } from "../core/disk.ts";
import type { Owner } from "../core/runtime.ts";
import { SubjectProcess, type SubjectProgram } from "../subjects/subject-process.ts";
import { detachLoop, loopDevices } from "./loop-device.ts";
import { MARK_VARIABLE, markOf } from "./mark.ts";
import type { DiskAnswers, DiskCommand, DiskSettings } from "./protocol.ts";
import { checkSpec } from "./spec.ts";
import { TOOL_ENVIRONMENT } from "./tools.ts";

/** For whom a disk is made, and from what. */
export interface DiskContext {
  owner: Owner;
  /** The disk's program, `dist/disk/disk.cjs`. */
  program: SubjectProgram;
  signal: AbortSignal;
  /** Directory on whose file system the medium lies; the system's temporary directory unless given. */
  stateDir?: string;
  /** Zero of the log's times on CLOCK_MONOTONIC; the disk's own start unless given. */
  originNs?: bigint;
}

/** A disk that has been made, with a file system on it; nobody has mounted it yet. Disposing of it takes everything away. */
export interface FaultDisk extends AsyncDisposable {
  readonly name: string;
  /** `/dev/loop3`, on this machine's kernel; another one after each `powerOn`. */
  readonly device: string;
  readonly fileSystem: FileSystem;
  readonly mountOptions: readonly string[];
  /** In place of the rules there were. One that was there before goes on counting its `every` and `times`. */
  setRules(rules: readonly DiskRule[]): Promise<void>;
  /** What was not flushed is gone, and all requests get EIO until `powerOn`. Nothing on a disk without power. */
  cutPower(): Promise<PowerCut>;
  /**
   * Waits until nothing of the old super block is left, then makes a new `device` of the same medium. On a disk that has
   * power it only makes sure that there is a device.
   * @throws SeatrialError DISK_STILL_MOUNTED when the file system is still mounted somewhere after 20 s
   */
  powerOn(): Promise<void>;
  damage(damage: DiskDamage): Promise<DiskHit[]>;
  /** @throws SeatrialError DISK_NOT_MOUNTED, DISK_NO_SHUTDOWN */
  shutDown(keepLog: boolean): Promise<void>;
  /** @throws SeatrialError DISK_NOT_MOUNTED, DISK_BUSY */
  setReadOnly(readOnly: boolean): Promise<void>;
  statistics(): Promise<DiskStatistics>;
}

/** An own mount namespace, so that nobody can hold the disk's mounts; an own pid namespace, so that nothing outlives it. */
const LAUNCHER = "unshare -m -p --fork --kill-child --mount-proc --propagation private".split(" ");

const GRACE_MS = 10_000;

/**
 * Makes a disk in a process of its own, which ends with this one. Needs root.
 * @throws SeatrialError DISK_BAD_SPEC, DISK_TOO_SMALL, DISK_TOOL_FAILED, FUSE_UNAVAILABLE, SUBJECT_FAILED
 */
export async function openDisk(spec: DiskSpec, context: DiskContext): Promise<FaultDisk> {
  const { owner, program, signal, stateDir, originNs } = context;
  checkSpec(spec);
  const mark = markOf(owner, spec.name, randomUUID());
  const settings: Omit<DiskSettings, "nodePath"> = {
    spec,
    mark,
    mediumDirectory: stateDir ?? os.tmpdir(),
    ...(originNs !== undefined && { originNs: String(originNs) }),
  };
  const env = { ...TOOL_ENVIRONMENT, [MARK_VARIABLE]: mark };
  const process = await SubjectProcess.start(program, settings, { signal, launcher: LAUNCHER, env }).catch(
    async (error: unknown) => {
      await detachAll(mark);
      throw error;
    },
  );
  const disk = new ServedDisk(spec, mark, process);
  try {
    await disk.powerOn();
    return disk;
  } catch (error) {
    await disk[Symbol.asyncDispose]();
    throw error;
  }
}

class ServedDisk implements FaultDisk {
  readonly name: string;
  readonly fileSystem: FileSystem;
  readonly mountOptions: readonly string[];
  readonly #mark: string;
  readonly #process: SubjectProcess;
  #device = "";

  constructor({ name, fileSystem, mountOptions }: DiskSpec, mark: string, process: SubjectProcess) {
    this.name = name;
    this.fileSystem = fileSystem;
    this.mountOptions = mountOptions;
    this.#mark = mark;
    this.#process = process;
  }

  get device(): string {
    return this.#device;
  }

  async setRules(rules: readonly DiskRule[]): Promise<void> {
    await this.#ask({ ask: "setRules", rules });
  }

  cutPower(): Promise<PowerCut> {
    return this.#ask({ ask: "cutPower" });
  }

  async powerOn(): Promise<void> {
    this.#device = (await this.#ask({ ask: "powerOn" })).device;
  }

  damage(damage: DiskDamage): Promise<DiskHit[]> {
    return this.#ask({ ask: "damage", damage });
  }

  async shutDown(keepLog: boolean): Promise<void> {
    await this.#ask({ ask: "shutDown", keepLog });
  }

  async setReadOnly(readOnly: boolean): Promise<void> {
    await this.#ask({ ask: "setReadOnly", readOnly });
  }

  statistics(): Promise<DiskStatistics> {
    return this.#ask({ ask: "statistics" });
  }

  /** Safe to call twice, and after the process was killed. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!(await this.#process.end(GRACE_MS))) await this.#process.kill(GRACE_MS);
    // A process that was killed could not do it itself.
    await detachAll(this.#mark);
  }

  #ask<Ask extends keyof DiskAnswers>(command: DiskCommand & { ask: Ask }): Promise<DiskAnswers[Ask]> {
    return this.#process.tell(command) as Promise<DiskAnswers[Ask]>;
  }
}

/** Detaches what a disk's process left attached. */
async function detachAll(mark: string): Promise<void> {
  for (const { device, file } of loopDevices()) if (file.includes(`/${mark}:`)) await detachLoop(device, file);
}
