import type { Clock } from "../../core/clock.ts";
import { messageOf } from "../../core/errors.ts";
import type { Log } from "../../core/log.ts";
import type { KnownVolume } from "../back-end.ts";

/** What a catalogue is made of. */
export interface CatalogueOptions {
  /** Asks the back end; ends by itself. */
  list(): Promise<KnownVolume[]>;
  /** What was known when the driver last ran; undefined where nothing was kept. */
  remembered: readonly KnownVolume[] | undefined;
  /** Hears of every change of what is known. */
  changed(volumes: readonly KnownVolume[]): void;
  clock: Pick<Clock, "nowNs">;
  log: Log;
  times?: Partial<CatalogueTimes>;
}

/** All in milliseconds. */
export interface CatalogueTimes {
  /** What is known is told without asking for so long. */
  freshMs: number;
  /** The same for a list, which tells of volumes that other hosts have just made. */
  listFreshMs: number;
  /** Nobody waits longer for news of what is known already. */
  patienceMs: number;
  /** The same for what was remembered from when the driver last ran, and never asked for since. */
  firstPatienceMs: number;
  /** After a failure the back end is left alone for so long, and whoever must know waits for it to be asked again. */
  pauseMs: number;
}

const TIMES: CatalogueTimes = { freshMs: 3000, listFreshMs: 500, patienceMs: 500, firstPatienceMs: 4000, pauseMs: 500 };

/** A change made here while the back end was being asked: its answer may not have it yet. */
interface Change {
  volume: KnownVolume | undefined;
  atNs: number;
}

/**
 * The volumes there are, as the back end last told. One question at a time; while it cannot be asked what is known stays
 * known: an engine that hears of no volume forgets its labels and makes a local one of that name.
 */
export class Catalogue {
  readonly #options: CatalogueOptions;
  readonly #times: CatalogueTimes;
  #volumes: ReadonlyMap<string, KnownVolume> | undefined;
  readonly #changes = new Map<string, Change>();
  /** When the question was asked whose answer is known; undefined until there was one. */
  #askedNs: number | undefined;
  #asking: Promise<void> | undefined;
  #failure: { error: Error; atNs: number } | undefined;

  constructor(options: CatalogueOptions) {
    this.#options = options;
    this.#times = { ...TIMES, ...options.times };
    if (options.remembered) this.#volumes = new Map(options.remembered.map((volume) => [volume.name, volume]));
  }

  /** Why what is told may be old; undefined while it is not. */
  get degraded(): string | undefined {
    return this.#failure?.error.message;
  }

  get size(): number {
    return this.#volumes?.size ?? 0;
  }

  /** Undefined where there surely is no such volume. @throws what the back end threw, where that is not known */
  async find(name: string): Promise<KnownVolume | undefined> {
    const known = this.#volumes?.get(name);
    if (known) {
      await this.#freshen(this.#times.freshMs);
      return this.#volumes?.get(name);
    }
    // What was absent a moment ago may have been made on another host since, also since a question that is on its way.
    const nowNs = this.#options.clock.nowNs();
    await this.#ask();
    if (!this.isKnown(name) && (this.#askedNs ?? nowNs) < nowNs) await this.#ask();
    return this.#volumes?.get(name);
  }

  /** @throws what the back end threw, where nothing was ever known */
  async all(): Promise<KnownVolume[]> {
    if (this.#volumes) await this.#freshen(this.#times.listFreshMs);
    else await this.#ask();
    return [...(this.#volumes?.values() ?? [])];
  }

  isKnown(name: string): boolean {
    return this.#volumes?.has(name) ?? false;
  }

  /** What is known, without asking. */
  known(): KnownVolume[] {
    return [...(this.#volumes?.values() ?? [])];
  }

  /** It was made through here. */
  put(volume: KnownVolume): void {
    this.#change(volume.name, volume);
  }

  /** It was removed through here. */
  drop(name: string): void {
    this.#change(name, undefined);
  }

  #change(name: string, volume: KnownVolume | undefined): void {
    this.#changes.set(name, { volume, atNs: this.#options.clock.nowNs() });
    // One volume alone would look like a list of all.
    if (!this.#volumes) return;
    const volumes = new Map(this.#volumes);
    if (volume) volumes.set(name, volume);
    else volumes.delete(name);
    this.#replace(volumes);
  }

  /** Asks again before anybody has to wait for it; waits, but not for long, where what is known has become old. */
  async #freshen(freshMs: number): Promise<void> {
    const ageMs = this.#ageMs();
    if (ageMs < freshMs / 2) return;
    const asked = this.#ask().catch(() => undefined);
    if (ageMs < freshMs || this.#failure) return;
    const { patienceMs, firstPatienceMs } = this.#times;
    await patiently(asked, this.#askedNs === undefined ? firstPatienceMs : patienceMs);
  }

  #ageMs(): number {
    return this.#askedNs === undefined ? Infinity : (this.#options.clock.nowNs() - this.#askedNs) / 1e6;
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#askAfterPause().finally(() => (this.#asking = undefined));
    return this.#asking;
  }

  async #askAfterPause(): Promise<void> {
    const { clock } = this.#options;
    const pauseMs = this.#failure ? this.#times.pauseMs - (clock.nowNs() - this.#failure.atNs) / 1e6 : 0;
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
    await this.#refresh();
  }

  async #refresh(): Promise<void> {
    const { clock, log, list } = this.#options;
    const askedNs = clock.nowNs();
    try {
      const volumes = new Map((await list()).map((volume) => [volume.name, volume]));
      this.#applyChanges(volumes, askedNs);
      this.#askedNs = askedNs;
      if (this.#failure) log("info", "back-end-returned");
      this.#failure = undefined;
      this.#replace(volumes);
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(messageOf(thrown));
      if (!this.#failure) log("warn", "back-end-away", { detail: error.message });
      this.#failure = { error, atNs: clock.nowNs() };
      throw error;
    }
  }

  #applyChanges(volumes: Map<string, KnownVolume>, askedNs: number): void {
    for (const [name, { volume, atNs }] of this.#changes) {
      if (atNs < askedNs) this.#changes.delete(name);
      else if (volume) volumes.set(name, volume);
      else volumes.delete(name);
    }
  }

  #replace(volumes: ReadonlyMap<string, KnownVolume>): void {
    const before = this.#volumes;
    this.#volumes = volumes;
    const isSame = before?.size === volumes.size && [...volumes.keys()].every((name) => before.has(name));
    if (!isSame) this.#options.changed([...volumes.values()]);
  }
}

function patiently(work: Promise<void>, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    void work.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
