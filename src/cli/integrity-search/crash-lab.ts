import { connectAgent } from "../../agent/connection.ts";
import { type Agent, TaskFailure } from "../../core/agent.ts";
import type { SystemClock } from "../../core/clock.ts";
import type { DiskSpec } from "../../core/disk.ts";
import { messageOf, SeatrialError } from "../../core/errors.ts";
import type { EnvironmentSpec, Environment, Owner, Runtime } from "../../core/runtime.ts";
import type { CrashImages } from "../../disk/crash-images.ts";
import type { Promised, VerifyResult } from "../../trials/integrity/model.ts";
import { DISK, ENVIRONMENT, INSIDE } from "../../trials/integrity/plan.ts";
import type { CrashState } from "../../trials/integrity/search/crash-state.ts";
import type { Violation } from "../../trials/integrity/search/search.ts";

const READER = "reader";
/** How the container's set-up begins to say that the kernel did not take the file system. */
const NOT_MOUNTED = "could not mount the disk";

/** What states are tried with. */
export interface CrashLabParts {
  runtime: Runtime;
  images: CrashImages;
  disk: Pick<DiskSpec, "fileSystem" | "mountOptions">;
  /** A file for the state that is tried; made by the first. */
  imageFile: string;
  /** The directory of the run inside the container. */
  directory: string;
  owner: Owner;
  clock: SystemClock;
  signal: AbortSignal;
}

/** What a state came to. */
export interface Tried {
  violation?: Violation;
  /** Absent where nothing could be read. */
  seen?: VerifyResult;
}

/**
 * Mounts crash states one after another and reads back what is there. One disk serves all of them: it loses its power, its
 * medium is exchanged, and it is as after any power cut.
 */
export class CrashLab implements AsyncDisposable {
  readonly #parts: CrashLabParts;
  #environment: Environment | undefined;

  constructor(parts: CrashLabParts) {
    this.#parts = parts;
  }

  /** Makes the state, lets the file system recover, and holds everything against what was promised. */
  async try(state: CrashState, promised: Promised): Promise<Tried> {
    const { images, imageFile, signal } = this.#parts;
    signal.throwIfAborted();
    try {
      await this.#takeAway();
      images.make(state, imageFile);
      return await this.#look(promised);
    } catch (error) {
      // Whatever an interrupt breaks on its way is none of a state's failures.
      signal.throwIfAborted();
      throw error;
    }
  }

  async #look(promised: Promised): Promise<Tried> {
    const refused = await this.#mount();
    if (refused !== undefined) return { violation: { kind: "unmountable", detail: refused } };
    await using agent = await this.#startAgent();
    try {
      const seen = await this.#verify(agent, promised);
      const { damages, damageCount, counts } = seen;
      return damageCount > 0 ? { seen, violation: { kind: "damage", damages, damageCount, counts } } : { seen };
    } catch (error) {
      if (!(error instanceof TaskFailure) || error.systemCode === undefined) throw error;
      return { violation: { kind: "unreadable", detail: error.message } };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#environment?.[Symbol.asyncDispose]();
    this.#environment = undefined;
  }

  /** The container first: with power its file system ends at once. */
  async #takeAway(): Promise<void> {
    const controls = this.#environment?.controls;
    await controls?.process?.kill(READER);
    await controls?.disk?.cutPower(DISK);
  }

  /** Gives why the file system could not be mounted. */
  async #mount(): Promise<string | undefined> {
    try {
      if (this.#environment) {
        const { controls } = this.#environment;
        await controls.disk?.restorePower(DISK);
        await controls.process?.start(READER);
      } else this.#environment = await this.#open();
      return undefined;
    } catch (error) {
      if (error instanceof SeatrialError && error.message.includes(NOT_MOUNTED)) return messageOf(error);
      throw error;
    }
  }

  #open(): Promise<Environment> {
    const { runtime, images, disk, imageFile, owner, signal } = this.#parts;
    const { fileSystem } = disk;
    // A copy has the identity of the original, which may be mounted on this machine too.
    const mountOptions = fileSystem === "xfs" ? [...disk.mountOptions, "nouuid"] : disk.mountOptions;
    const spec: EnvironmentSpec = {
      name: ENVIRONMENT,
      containers: [{ name: READER, binds: [], tmpfs: [], disks: [{ disk: DISK, target: INSIDE }] }],
      disks: [{ name: DISK, sizeBytes: images.sizeBytes, fileSystem, mountOptions, image: imageFile }],
    };
    return runtime.open(spec, { owner, signal, progress: () => {} });
  }

  async #startAgent(): Promise<Agent> {
    const { clock, signal } = this.#parts;
    if (!this.#environment) throw new Error("no environment is open");
    return connectAgent(await this.#environment.container(READER).startAgent(signal), { clock, signal });
  }

  #verify(agent: Agent, promised: Promised): Promise<VerifyResult> {
    const { directory, signal } = this.#parts;
    return agent.call<VerifyResult>(
      "integrity.verify",
      { directory, promised, path: "buffered", settle: false },
      { signal },
    );
  }
}
