import { createSystemClock } from "../../../core/clock.ts";
import type { KnownVolume } from "../../back-end.ts";
import { driverError } from "../../errors.ts";
import { beginCopy, dropCopySnapshot, dropCopySnapshots, untilCopied } from "./copies.ts";
import type { CephfsOptions } from "./options.ts";
import { type Orders, Refused } from "./orders.ts";
import { differences, readRecord, writeRecord } from "./record.ts";
import type { CephfsSettings } from "./settings.ts";
import { isReady, isRetained, type Subvolume, Subvolumes } from "./subvolumes.ts";
import type { Usage } from "./usage.ts";

/** A volume as it was last seen. No path is used twice, so that what is out of date is noticed when it is mounted. */
export interface SeenVolume {
  subvolume: Subvolume;
  options: CephfsOptions;
}

/** What the volumes are looked after with. */
export interface VolumeParts {
  orders: Orders;
  limitFiles: LimitFiles;
  /** Undefined where nobody may ask who uses a volume. */
  usage: Usage | undefined;
  /** Copies that are not ready by then are left to the cluster. */
  closing: AbortSignal;
}

/** Sets the most files of a volume, which only a client that has mounted it can. */
export type LimitFiles = (subvolume: Subvolume, fileCount: number, signal: AbortSignal) => Promise<void>;

/** A copy that is ready soon is waited for; one that is not is completed after the answer. */
const COPY_PATIENCE_MS = 5000;

/** The volumes of one group of subvolumes: made, found and removed. */
export class CephfsVolumes {
  readonly #settings: CephfsSettings;
  readonly #limitFiles: LimitFiles;
  readonly #usage: Usage | undefined;
  readonly #subvolumes: Subvolumes;
  /** Empty subvolumes named like those that were removed but for their snapshots, which the cluster goes on listing. */
  readonly #retained: Subvolumes;
  readonly #seen = new Map<string, SeenVolume>();
  readonly #closing: AbortSignal;

  constructor(settings: CephfsSettings, { orders, limitFiles, usage, closing }: VolumeParts) {
    this.#closing = closing;
    this.#settings = settings;
    this.#limitFiles = limitFiles;
    this.#usage = usage;
    this.#subvolumes = new Subvolumes(orders, settings);
    this.#retained = new Subvolumes(orders, { ...settings, group: `${settings.group}.retained` });
  }

  /** @throws Refused; SeatrialError BACK_END_AWAY, VOLUME_DIFFERS, VOLUME_NOT_MADE */
  async create(name: string, options: CephfsOptions, signal: AbortSignal): Promise<void> {
    const found = await this.#subvolumes.info(name, signal);
    if (found && !isRetained(found)) {
      const isHalfRemoved = (await this.#retained.info(name, signal)) !== undefined;
      if (!isHalfRemoved) return this.#accept(name, found, options, signal);
      await this.#retain(name, signal);
    }
    if (options.from === undefined) await this.#make(name, options, signal);
    else await this.#copy(name, options, signal);
    if (found) await this.#retained.remove(name, signal);
  }

  /** @throws Refused; SeatrialError BACK_END_AWAY, VOLUME_IN_USE, VOLUME_NOT_MADE */
  async remove(name: string, signal: AbortSignal): Promise<void> {
    this.forget(name);
    const found = await this.#subvolumes.info(name, signal);
    if (!found || isRetained(found)) return;
    const options = isReady(found) ? await readRecord(this.#subvolumes, name, signal) : undefined;
    if (isReady(found)) await this.#usage?.demandUnused(name, found.path, signal);
    if (options?.per_volume_auth) await this.#subvolumes.deauthorize(name, this.identityOf(name), signal);
    if (options?.on_remove === "retain") return this.#retain(name, signal);
    await this.#delete(name, signal);
  }

  /** @throws Refused; SeatrialError BACK_END_AWAY */
  async list(signal: AbortSignal): Promise<KnownVolume[]> {
    const [all, retained] = await Promise.all([this.#subvolumes.names(signal), this.#retained.names(signal)]);
    const gone = new Set(retained);
    const names = all.filter((name) => !gone.has(name));
    const there = new Set(names);
    for (const name of this.#seen.keys()) if (!there.has(name)) this.forget(name);
    return names.map((name) => knownVolume(name, this.#seen.get(name)));
  }

  /** As it was last seen, or as it is now; a copy that is being made is waited for. @throws Refused; SeatrialError */
  async find(name: string, signal: AbortSignal): Promise<SeenVolume> {
    const seen = this.#seen.get(name);
    if (seen) return seen;
    let subvolume = await this.#subvolumes.info(name, signal);
    if (!subvolume || isRetained(subvolume)) throw driverError("VOLUME_UNKNOWN", `there is no volume "${name}"`);
    if (!isReady(subvolume)) subvolume = await untilCopied(this.#subvolumes, name, signal);
    const found = { subvolume, options: (await readRecord(this.#subvolumes, name, signal)) ?? {} };
    this.#seen.set(name, found);
    return found;
  }

  /** What was seen of it is out of date. */
  forget(name: string): void {
    this.#seen.delete(name);
  }

  /** The identity, without `client.`, that may use nothing but this volume. */
  identityOf(name: string): string {
    return `seatrial.${this.#settings.group}.${name}`;
  }

  /** Makes that identity where it is not there yet, and gives its key. */
  authorize(name: string, signal: AbortSignal): Promise<string> {
    return this.#subvolumes.authorize(name, this.identityOf(name), signal);
  }

  /** One that is there already: as it is where that is what was asked for. */
  async #accept(name: string, found: Subvolume, asked: CephfsOptions, signal: AbortSignal): Promise<void> {
    if (!isReady(found)) return;
    const recorded = await readRecord(this.#subvolumes, name, signal);
    const { quotaBytes: size, pool, uid, gid, mode } = found;
    const visible = { ...asked, size: size ?? asked.size, pool, uid, gid, mode };
    const others = differences(asked, recorded ?? visible);
    if (others.length > 0) throw driverError("VOLUME_DIFFERS", `"${name}" is there with another ${others.join(", ")}`);
    if (recorded) this.#seen.set(name, { subvolume: found, options: recorded });
    else await this.#complete(name, asked, signal);
  }

  async #make(name: string, options: CephfsOptions, signal: AbortSignal): Promise<void> {
    await this.#subvolumes.create(name, options, signal);
    try {
      await this.#complete(name, options, signal);
    } catch (error) {
      await this.#subvolumes.remove(name, AbortSignal.timeout(this.#settings.orderTimeoutMs)).catch(() => undefined);
      throw error;
    }
  }

  async #complete(name: string, options: CephfsOptions, signal: AbortSignal): Promise<void> {
    if (options.max_files !== undefined) {
      const subvolume = await this.#subvolumes.info(name, signal);
      if (!subvolume) throw driverError("VOLUME_NOT_MADE", `"${name}" was removed while it was made`);
      await this.#limitFiles(subvolume, options.max_files, signal);
    }
    await writeRecord(this.#subvolumes, name, options, signal);
  }

  async #copy(name: string, options: CephfsOptions, signal: AbortSignal): Promise<void> {
    await beginCopy(this.#subvolumes, name, options, signal);
    const completed = this.#completeCopy(name, options, this.#closing);
    const patience = AbortSignal.any([signal, AbortSignal.timeout(COPY_PATIENCE_MS)]);
    const late = new Promise<void>((resolve) => patience.addEventListener("abort", () => resolve(), { once: true }));
    // It is waited for below, or by nobody.
    completed.catch(() => undefined);
    await Promise.race([completed, late]);
  }

  async #completeCopy(name: string, options: CephfsOptions, signal: AbortSignal): Promise<void> {
    const { from = "", from_snapshot, size } = options;
    await untilCopied(this.#subvolumes, name, signal);
    if (size !== undefined) await this.#subvolumes.resize(name, size, signal);
    await this.#complete(name, options, signal);
    if (from_snapshot === undefined) await dropCopySnapshot(this.#subvolumes, from, name, signal);
  }

  async #delete(name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#subvolumes.remove(name, signal);
    } catch (error) {
      if (!(error instanceof Refused && error.code === "ENOTEMPTY")) throw error;
      const others = await dropCopySnapshots(this.#subvolumes, name, signal);
      const remedy = "Remove the snapshots first, or make such volumes with `on_remove=retain`.";
      if (others.length > 0)
        throw driverError("VOLUME_NOT_MADE", `"${name}" has snapshots: ${others.join(", ")}`, { remedy });
      await this.#subvolumes.remove(name, signal);
    }
  }

  /** First the mark, so that the volume is listed no more, then a snapshot, then the data goes. */
  async #retain(name: string, signal: AbortSignal): Promise<void> {
    const time = createSystemClock().wallTime().toISOString().replaceAll(/[:.]/g, "-");
    await this.#retained.create(name, {}, signal);
    await this.#subvolumes.snapshot(name, `retained-${time}`, signal);
    await this.#subvolumes.remove(name, signal, true);
  }
}

function knownVolume(name: string, seen: SeenVolume | undefined): KnownVolume {
  if (!seen) return { name, status: {} };
  const { createdAt, quotaBytes, pool } = seen.subvolume;
  const { max_files } = seen.options;
  const status = { ...(quotaBytes && { size: quotaBytes }), ...(max_files && { max_files }), ...(pool && { pool }) };
  return { name, ...(createdAt && { createdAt }), status };
}
