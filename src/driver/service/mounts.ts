import fs from "node:fs";
import path from "node:path";
import type { Clock } from "../../core/clock.ts";
import { messageOf, SeatrialError, systemCode } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { MountPoint } from "../../core/mount-info.ts";
import type { BackEnd, Health } from "../back-end.ts";
import { driverError } from "../errors.ts";
import { hasMoved, isMountedWithin, isSame, type MountTable, mountsAt, signatureOf } from "./mount-table.ts";
import type { MountSignature } from "./state.ts";
import { Places } from "./turns.ts";
import type { Work } from "./work.ts";

/** What mounts are made with. */
export interface MountsOptions {
  /** Holds one directory a volume; absolute, without links. */
  root: string;
  backEnd: BackEnd;
  table: MountTable;
  /** What was mounted, by volume; kept up to date. */
  made: Map<string, MountSignature>;
  /** Unmounts what is dead, even while somebody has it open. Never asked for what still serves. */
  detach(target: string, signal: AbortSignal): Promise<void>;
  work: Work;
  clock: Clock;
  log: Log;
  times?: Partial<MountTimes>;
}

/** All in milliseconds. */
export interface MountTimes {
  /** A mount that takes longer keeps no place from others. */
  slotMs: number;
  /** Work that takes longer than this is given up. */
  workMs: number;
  probeMs: number;
  /** Pauses before busy mounts are tried again. */
  busyPausesMs: readonly number[];
}

const TIMES: MountTimes = { slotMs: 25_000, workMs: 300_000, probeMs: 5000, busyPausesMs: [100, 300, 600] };
const MOUNTS_AT_ONCE = 8;

/**
 * One mount a volume, at a place of its own. Callers take turns by volume. What the kernel says is what counts: a mount
 * that was taken away is made anew, one that lies there already is used, and one that is somebody else's is refused.
 */
export class Mounts {
  readonly #options: MountsOptions;
  readonly #times: MountTimes;
  readonly #places = new Places(MOUNTS_AT_ONCE);
  readonly #probes = new Map<string, { startedNs: number; health: Health }>();

  constructor(options: MountsOptions) {
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
  }

  pathOf(name: string): string {
    return path.join(this.#options.root, name);
  }

  /** As far as is known; the kernel is not asked. */
  isMounted(name: string): boolean {
    return this.#options.made.has(name);
  }

  /** Volumes that the driver has mounted, as far as is known. */
  names(): string[] {
    return [...this.#options.made.keys()];
  }

  /** Names of all mount points there are. */
  places(): string[] {
    return fs.readdirSync(this.#options.root);
  }

  /** How a mount stood when it was last looked at. */
  healthOf(name: string): Health | undefined {
    return this.#probes.get(name)?.health;
  }

  /** Names of volumes on whose mount points the kernel has something mounted. */
  mountedNames(): string[] {
    const { root, table } = this.#options;
    const paths = table().map((mount) => mount.path);
    return [...new Set(paths.filter((at) => path.dirname(at) === root).map((at) => path.basename(at)))];
  }

  /**
   * Makes sure that the volume is mounted and serves, and gives the path. A look at it that began after `askedNs` is
   * new enough. @throws SeatrialError MOUNT_FOREIGN, MOUNT_FAILED, and what the back end throws
   */
  async mount(name: string, askedNs: number): Promise<string> {
    const { made, log } = this.#options;
    const target = this.pathOf(name);
    const present = await this.#own(name);
    if (present) {
      const before = made.get(name);
      // On another device it was mounted anew, by a driver that was killed before it could save that.
      if (before && hasMoved(present, before)) throw driverError("VOLUME_UNKNOWN", `another host has removed ${name}`);
      made.set(name, signatureOf(present));
      if ((await this.#look(name, askedNs)) !== "broken") return target;
      log("warn", "mount-broken", { volume: name });
      await this.#discard(name);
    }
    await this.#places.during(this.#times.slotMs, () => this.#make(name));
    return target;
  }

  /** @throws SeatrialError MOUNT_BUSY, MOUNT_FOREIGN, MOUNT_FAILED */
  async unmount(name: string): Promise<void> {
    if (await this.#own(name)) {
      try {
        await this.#insist(name);
      } catch (error) {
        if ((await this.probe(name)) !== "broken") throw error;
        await this.#discard(name);
      }
    }
    this.#forget(name);
  }

  /** Takes the directory of an unmounted volume away; one in which something lies is left, and said so. */
  async removePlace(name: string): Promise<void> {
    const target = this.pathOf(name);
    if (isMountedWithin(this.#options.table(), target)) throw driverError("MOUNT_BUSY", `${name} is still mounted`);
    try {
      fs.rmdirSync(target);
    } catch (error) {
      if (systemCode(error) === "ENOENT") return;
      this.#options.log("warn", "mount-point-left", { volume: name, detail: messageOf(error) });
    }
  }

  /** Looks whether the volume's mount serves, in another process. */
  probe(name: string): Promise<Health> {
    return this.#look(name, this.#options.clock.nowNs());
  }

  /** The one mount there; of several equal ones all but one are taken away. Somebody else's are refused. */
  async #own(name: string): Promise<MountPoint | undefined> {
    const { made, backEnd, work, log } = this.#options;
    const target = this.pathOf(name);
    let here = this.#here(name);
    const [lowest] = here;
    if (!lowest) return undefined;
    const remembered = made.get(name);
    const isOurs = (mount: MountPoint) =>
      isSame(mount, remembered ?? signatureOf(lowest)) || backEnd.recognises?.(name, mount);
    if (!remembered && backEnd.recognises?.(name, lowest) === false) throw foreign(name, lowest);
    const other = here.find((mount) => !isOurs(mount));
    if (other) throw foreign(name, other);
    while (here.length > 1) {
      log("warn", "mount-stacked", { volume: name, count: here.length });
      await work.run(this.#times.workMs, (signal) => backEnd.unmount(target, signal));
      const left = this.#here(name);
      if (left.length >= here.length) throw foreign(name, lowest);
      here = left;
    }
    return here[0];
  }

  async #make(name: string): Promise<void> {
    const { backEnd, made, work } = this.#options;
    const target = this.pathOf(name);
    const isNew = makePlace(name, target);
    try {
      await work.run(this.#times.workMs, (signal) => backEnd.mount(name, target, signal));
      const [present] = this.#here(name);
      if (!present) throw driverError("MOUNT_FAILED", `${name}: the system says it is mounted, and it is not`);
      made.set(name, signatureOf(present));
      this.#probes.set(name, { startedNs: this.#options.clock.nowNs(), health: "healthy" });
    } catch (error) {
      this.#forget(name);
      if (isNew && this.#here(name).length === 0) await this.removePlace(name);
      throw error;
    }
  }

  async #look(name: string, askedNs: number): Promise<Health> {
    const { backEnd, clock, work } = this.#options;
    const last = this.#probes.get(name);
    if (last && last.startedNs >= askedNs) return last.health;
    const startedNs = clock.nowNs();
    const target = this.pathOf(name);
    const health = await work
      .run(this.#times.probeMs, (signal) => backEnd.probe(target, signal))
      .catch((): Health => "unknown");
    // It may have been unmounted meanwhile.
    if (this.isMounted(name)) this.#probes.set(name, { startedNs, health });
    return health;
  }

  /** A dead mount serves nobody: nothing is lost with it. */
  async #discard(name: string): Promise<void> {
    const { detach, work } = this.#options;
    try {
      await this.#unmountOnce(name);
    } catch {
      await work.run(this.#times.workMs, (signal) => detach(this.pathOf(name), signal));
    }
    if (this.#here(name).length > 0)
      throw driverError("MOUNT_FAILED", `${name}: its mount is dead and cannot be taken away`);
    this.#forget(name);
  }

  async #unmountOnce(name: string): Promise<void> {
    const { backEnd, work } = this.#options;
    await work.run(this.#times.workMs, (signal) => backEnd.unmount(this.pathOf(name), signal));
    if (this.#here(name).length > 0) throw driverError("MOUNT_FAILED", `${name} is still mounted after its unmount`);
  }

  /** What holds it open may be about to end: a process that is killed, an indexer that passes by. */
  async #insist(name: string): Promise<void> {
    const { clock, work } = this.#options;
    for (const pauseMs of this.#times.busyPausesMs) {
      try {
        return await this.#unmountOnce(name);
      } catch (error) {
        if (!(error instanceof SeatrialError && error.code === "MOUNT_BUSY")) throw error;
        await work.run(this.#times.workMs, (signal) => clock.sleep(pauseMs, signal));
      }
    }
    return this.#unmountOnce(name);
  }

  #here(name: string): MountPoint[] {
    return mountsAt(this.#options.table(), this.pathOf(name));
  }

  #forget(name: string): void {
    this.#options.made.delete(name);
    this.#probes.delete(name);
  }
}

/** Says whether it was made now. Nobody but root can write there while nothing is mounted. */
function makePlace(name: string, target: string): boolean {
  try {
    fs.mkdirSync(target, { mode: 0 });
    return true;
  } catch (error) {
    if (systemCode(error) !== "EEXIST")
      throw driverError("MOUNT_FAILED", `${name}: no mount point can be made: ${messageOf(error)}`, { cause: error });
  }
  if (!fs.lstatSync(target).isDirectory())
    throw driverError("MOUNT_FOREIGN", `${name}: its mount point is no directory`);
  return false;
}

function foreign(name: string, { type, source }: MountPoint): SeatrialError {
  return driverError("MOUNT_FOREIGN", `${name}: ${type} (${source}) is mounted at its place`);
}
