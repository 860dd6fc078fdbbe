/** How often one ID was mounted, and in which epoch it was last. */
export interface Reference {
  count: number;
  epoch: number;
  /** One of the count may be somebody's who has never had an answer, or who has asked for an Unmount in vain. */
  isDoubtful?: true | undefined;
}

/** What an engine may still have: it surely has what is current; what is of an earlier epoch or doubtful, perhaps. */
export interface Held {
  current: number;
  restored: number;
}

/**
 * Who has a volume mounted. An ID belongs to one mount of one container and can be mounted more than once (`docker cp`
 * into a running container), so it is counted; and it comes back after a crash of the engine, which has forgotten its
 * count, so counts belong to epochs: the first mount of an ID in a new epoch adopts it, and it counts one again.
 */
export class References {
  #epoch: number;
  readonly #volumes: Map<string, Map<string, Reference>>;

  constructor(epoch = 1, volumes: Map<string, Map<string, Reference>> = new Map()) {
    this.#epoch = epoch;
    this.#volumes = volumes;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** The engine has forgotten what it had mounted. */
  beginEpoch(): void {
    this.#epoch++;
  }

  /** The driver was killed, maybe between a count and its answer. An ID stays doubtful until nothing is counted for it. */
  doubt(): void {
    for (const ids of this.#volumes.values())
      for (const [id, reference] of ids) ids.set(id, { ...reference, isDoubtful: true });
  }

  /** Counts one mount. Gives what takes it back. */
  add(volume: string, id: string): () => void {
    const before = this.#volumes.get(volume)?.get(id);
    const isNew = before === undefined || before.epoch !== this.#epoch;
    this.#put(volume, id, isNew ? { count: 1, epoch: this.#epoch } : { ...before, count: before.count + 1 });
    return () => this.#put(volume, id, before);
  }

  /** Counts one mount less. Gives what takes that back; undefined where nothing was counted, and nothing is changed then. */
  drop(volume: string, id: string): (() => void) | undefined {
    const before = this.#volumes.get(volume)?.get(id);
    if (!before) return undefined;
    this.#put(volume, id, before.count > 1 ? { ...before, count: before.count - 1 } : undefined);
    return () => this.#put(volume, id, before);
  }

  /** Nobody has it any more. Gives what takes that back. */
  forget(volume: string): () => void {
    const before = this.#volumes.get(volume);
    this.#volumes.delete(volume);
    return () => void (before && this.#volumes.set(volume, before));
  }

  held(volume: string): Held {
    const held = { current: 0, restored: 0 };
    for (const { count, epoch, isDoubtful } of this.#volumes.get(volume)?.values() ?? [])
      held[epoch === this.#epoch && !isDoubtful ? "current" : "restored"] += count;
    return held;
  }

  isHeld(volume: string): boolean {
    return this.#volumes.has(volume);
  }

  /** Each volume that somebody has, with its IDs. */
  entries(): IterableIterator<[string, ReadonlyMap<string, Reference>]> {
    return this.#volumes.entries();
  }

  #put(volume: string, id: string, reference: Reference | undefined): void {
    const ids = this.#volumes.get(volume) ?? new Map<string, Reference>();
    if (reference) ids.set(id, reference);
    else ids.delete(id);
    if (ids.size > 0) this.#volumes.set(volume, ids);
    else this.#volumes.delete(volume);
  }
}
