import type { Clock } from "../../core/clock.ts";
import { messageOf, SeatrialError } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { BackEnd, KnownVolume } from "../back-end.ts";
import { driverError } from "../errors.ts";
import type { ToldVolume, Volumes } from "../server/calls.ts";
import type { DriverStatus, VolumeStatus } from "../status.ts";
import type { Catalogue } from "./catalogue.ts";
import { Later } from "./later.ts";
import type { Mounts } from "./mounts.ts";
import { readOptions } from "./options.ts";
import type { Reference } from "./references.ts";
import type { HostState, MountSignature } from "./state.ts";
import type { Turns } from "./turns.ts";
import type { Work } from "./work.ts";

/** What the service is made of. */
export interface ServiceOptions {
  backEnd: BackEnd;
  catalogue: Catalogue;
  mounts: Mounts;
  state: HostState;
  work: Work;
  /** By volume. */
  turns: Turns;
  clock: Clock;
  log: Log;
  /** How long an unused mount is kept, for a container that is started again at once. */
  unmountDelayMs: number;
  /** An engine never activates a driver that it has started itself; its references are of an earlier epoch then. */
  isManaged: boolean;
  /** Whether a container has a mount, as far as can be seen. */
  isHeldElsewhere(mount: MountSignature): boolean;
  times?: Partial<ServiceTimes>;
}

/** All in milliseconds. */
export interface ServiceTimes {
  /** Work that takes longer than this is given up. */
  workMs: number;
  /** How long a mount that nobody is known to use stays after a start. */
  reapMs: number;
  /** The same for one that somebody had when the driver was killed: his container may be waiting for its other volumes. */
  doubtMs: number;
}

const TIMES: ServiceTimes = { workMs: 300_000, reapMs: 30_000, doubtMs: 120_000 };

/** Those who wait for a volume to be mounted, and what came of the last attempt. */
interface Waiting {
  count: number;
  failure?: { error: unknown; atNs: number };
}

/** What engines ask for, done: one change at a time for each volume, and never more done than is known to be wanted. */
export class VolumeService implements Volumes {
  readonly #options: ServiceOptions;
  readonly #times: ServiceTimes;
  readonly #turns: Turns;
  readonly #waiting = new Map<string, Waiting>();
  readonly #later: Later;

  constructor(options: ServiceOptions) {
    this.#options = options;
    this.#turns = options.turns;
    this.#times = { ...TIMES, ...options.times };
    this.#later = new Later((name) => this.#turns.take(name, () => this.#reclaim(name)));
  }

  get scope(): "local" | "global" {
    return this.#options.backEnd.scope;
  }

  /** Brings what was counted and what is mounted together. Nothing is unmounted yet, and nothing deleted. */
  async reconcile(): Promise<void> {
    const { state, mounts, isManaged, log } = this.#options;
    const mounted = new Set(mounts.mountedNames());
    for (const name of state.mounts.keys()) if (!mounted.has(name)) state.mounts.delete(name);
    // Nobody can have what is not mounted: whoever comes back mounts it first, and is counted then.
    for (const [name] of [...state.references.entries()]) if (!mounted.has(name)) state.references.forget(name);
    if (isManaged) state.references.beginEpoch();
    const unused = [...mounted].filter((name) => state.references.held(name).current === 0);
    const { reapMs, doubtMs } = this.#times;
    for (const name of unused) this.#later.try(name, state.references.isHeld(name) ? doubtMs : reapMs);
    const referenced = [...state.references.entries()].length;
    log("info", "reconciled", { mounted: mounted.size, referenced, unused: unused.length });
    await this.#trySave();
  }

  async activated(): Promise<void> {
    const { state, log } = this.#options;
    state.references.beginEpoch();
    for (const [name] of state.references.entries()) this.#later.try(name, this.#times.reapMs);
    log("info", "activated", { epoch: state.references.epoch });
    await this.#trySave();
  }

  create(name: string, options: ReadonlyMap<string, string>, caller: AbortSignal): Promise<void> {
    const { backEnd, catalogue, work, log } = this.#options;
    const read = readOptions(backEnd, options);
    return this.#turns.take(name, async () => {
      caller.throwIfAborted();
      await work.run(this.#times.workMs, (signal) => backEnd.create(name, read, signal));
      if (!catalogue.isKnown(name)) catalogue.put({ name, status: {} });
      log("info", "created", { volume: name });
    });
  }

  async get(name: string): Promise<ToldVolume> {
    const volume = await this.#find(name);
    if (!volume) throw driverError("VOLUME_UNKNOWN", `there is no volume ${name}`);
    return this.#told(volume);
  }

  async list(): Promise<ToldVolume[]> {
    const { catalogue, state } = this.#options;
    const volumes = await catalogue.all();
    const names = new Set(volumes.map(({ name }) => name));
    const held = [...state.references.entries()].map(([name]) => name).filter((name) => !names.has(name));
    return [...volumes, ...held.map((name) => ({ name, status: {} }))].map((volume) => this.#told(volume));
  }

  remove(name: string, caller: AbortSignal): Promise<void> {
    const { backEnd, catalogue, mounts, work, log } = this.#options;
    return this.#turns.take(name, async () => {
      caller.throwIfAborted();
      this.#demandUnused(name);
      await mounts.unmount(name);
      await work.run(this.#times.workMs, (signal) => backEnd.remove(name, signal));
      catalogue.drop(name);
      this.#later.forget(name);
      await mounts.removePlace(name);
      log("info", "removed", { volume: name });
    });
  }

  async mount(name: string, id: string, caller: AbortSignal): Promise<string> {
    const askedNs = this.#options.clock.nowNs();
    const waiting = this.#waiting.get(name) ?? { count: 0 };
    this.#waiting.set(name, waiting);
    waiting.count++;
    return this.#turns.take(name, async () => {
      try {
        return await this.#mountFor(name, id, caller, { askedNs, waiting });
      } finally {
        if (--waiting.count === 0) this.#waiting.delete(name);
        await this.#release(name).catch(() => undefined);
      }
    });
  }

  unmount(name: string, id: string): Promise<void> {
    const { state, log } = this.#options;
    return this.#turns.take(name, async () => {
      const undo = state.references.drop(name, id);
      if (!undo) return this.#demandKnown(name);
      try {
        await state.save();
      } catch (error) {
        undo();
        throw error;
      }
      log("info", "unmounted", { volume: name, id, left: state.references.held(name) });
      await this.#release(name, this.#options.unmountDelayMs);
    });
  }

  isAway(): boolean {
    return this.#options.catalogue.degraded !== undefined;
  }

  async status(): Promise<DriverStatus> {
    const { backEnd, catalogue, state, mounts } = this.#options;
    const referencesOf = new Map(state.references.entries());
    const known = catalogue.known().map(({ name }) => name);
    const names = new Set([...known, ...mounts.mountedNames(), ...referencesOf.keys()]);
    const { degraded } = catalogue;
    return {
      backEnd: { id: backEnd.id, scope: backEnd.scope, ...(degraded !== undefined && { degraded }) },
      epoch: state.references.epoch,
      volumes: [...names].sort().map((name) => this.#statusOf(name, referencesOf.get(name) ?? new Map())),
    };
  }

  #statusOf(name: string, references: ReadonlyMap<string, Reference>): VolumeStatus {
    const { mounts, state } = this.#options;
    const health = mounts.healthOf(name);
    return {
      name,
      ...(mounts.isMounted(name) && { mountpoint: mounts.pathOf(name) }),
      ...(health !== undefined && { health }),
      references: Object.fromEntries(references),
      ...state.references.held(name),
    };
  }

  /** Tries nothing later any more. What is under way goes on. */
  close(): void {
    this.#later.close();
  }

  /** Takes the mount points of volumes away that are gone: a driver that was killed may have left some. */
  async tidy(): Promise<void> {
    const { catalogue, mounts, state, log } = this.#options;
    try {
      const known = new Set((await catalogue.all()).map(({ name }) => name));
      if (catalogue.degraded !== undefined) return;
      const unused = (name: string) =>
        !known.has(name) && !catalogue.isKnown(name) && !state.references.isHeld(name) && !mounts.isMounted(name);
      for (const name of mounts.places())
        await this.#turns.take(name, async () => void (unused(name) && (await mounts.removePlace(name))));
    } catch (error) {
      log("debug", "not-tidied", { detail: messageOf(error) });
    }
  }

  async #mountFor(
    name: string,
    id: string,
    caller: AbortSignal,
    { askedNs, waiting }: { askedNs: number; waiting: Waiting },
  ): Promise<string> {
    const { state, mounts, log } = this.#options;
    caller.throwIfAborted();
    // Everybody who was already waiting shares the attempt that failed, or each would wait for one of his own.
    if (waiting.failure && waiting.failure.atNs >= askedNs) throw waiting.failure.error;
    if (!mounts.isMounted(name)) await this.#demandKnown(name);
    const path = await this.#attempt(name, askedNs, waiting);
    caller.throwIfAborted();
    const undo = state.references.add(name, id);
    try {
      await state.save();
      caller.throwIfAborted();
    } catch (error) {
      undo();
      await this.#trySave();
      log("warn", "mount-undone", { volume: name, id, detail: messageOf(error) });
      throw error;
    }
    log("info", "mounted", { volume: name, id, held: state.references.held(name) });
    return path;
  }

  async #attempt(name: string, askedNs: number, waiting: Waiting): Promise<string> {
    const { mounts, clock, log } = this.#options;
    try {
      return await mounts.mount(name, askedNs);
    } catch (error) {
      waiting.failure = { error, atNs: clock.nowNs() };
      log("warn", "mount-failed", { volume: name, detail: messageOf(error) });
      throw error;
    }
  }

  /**
   * As `#release`, and forgets what an engine had before it, or the driver, was started again, unless it has come back or
   * a container still has the mount: an engine that was killed may never unmount what it had, and never knows of a mount
   * whose answer died with the driver.
   */
  async #reclaim(name: string): Promise<void> {
    const { state, isHeldElsewhere } = this.#options;
    const { current, restored } = state.references.held(name);
    if (current === 0 && restored > 0) {
      const mount = state.mounts.get(name);
      if (mount && isHeldElsewhere(mount)) return this.#later.tryAgain(name);
      await this.#forgetReferences(name);
    }
    await this.#release(name);
  }

  /** Unmounts what nobody has and nobody waits for; what is busy is tried again later, and is no failure of anybody. */
  async #release(name: string, delayMs = 0): Promise<void> {
    const { state, mounts, log } = this.#options;
    const { current, restored } = state.references.held(name);
    if (this.#waiting.has(name) || current > 0) return this.#later.forget(name);
    if (restored > 0) return this.#later.try(name, this.#times.reapMs);
    if (delayMs > 0) return this.#later.try(name, delayMs);
    try {
      await mounts.unmount(name);
      this.#later.forget(name);
    } catch (error) {
      this.#later.tryAgain(name);
      log("warn", "unmount-postponed", { volume: name, detail: messageOf(error) });
      if (!(error instanceof SeatrialError && error.code === "MOUNT_BUSY")) throw error;
    }
  }

  async #find(name: string): Promise<KnownVolume | undefined> {
    const { catalogue, state } = this.#options;
    // An engine asks before each Unmount: one that another host has removed must be found as long as somebody has it here.
    const held = state.references.isHeld(name) ? { name, status: {} } : undefined;
    try {
      return (await catalogue.find(name)) ?? held;
    } catch (error) {
      if (held) return held;
      throw error;
    }
  }

  async #demandKnown(name: string): Promise<void> {
    if (!(await this.#find(name))) throw driverError("VOLUME_UNKNOWN", `there is no volume ${name}`);
  }

  #demandUnused(name: string): void {
    const { current, restored } = this.#options.state.references.held(name);
    if (current + restored === 0) return;
    throw driverError("VOLUME_IN_USE", `${name} is in use: it is mounted ${current + restored} times`);
  }

  /** A full disk keeps nobody from what can be told without it; Mount and Unmount refuse while it lasts. */
  async #trySave(): Promise<void> {
    const { state, log } = this.#options;
    await state.save().catch((error: unknown) => log("error", "state-not-saved", { detail: messageOf(error) }));
  }

  async #forgetReferences(name: string): Promise<void> {
    const { state, log } = this.#options;
    const undo = state.references.forget(name);
    try {
      await state.save();
      log("info", "references-forgotten", { volume: name });
    } catch (error) {
      undo();
      throw error;
    }
  }

  #told({ name, createdAt, status }: KnownVolume): ToldVolume {
    const { mounts, state, catalogue } = this.#options;
    const { current, restored } = state.references.held(name);
    const { degraded } = catalogue;
    return {
      Name: name,
      ...(mounts.isMounted(name) && { Mountpoint: mounts.pathOf(name) }),
      ...(createdAt !== undefined && { CreatedAt: createdAt }),
      Status: { ...status, references: current + restored, ...(degraded !== undefined && { degraded }) },
    };
  }
}
