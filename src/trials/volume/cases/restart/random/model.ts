/** How many references an ID has: between the two, where a call was cut short. */
interface Held {
  least: number;
  most: number;
}

/** What is known of a volume. `maybe`: a call that was cut short decides, and nobody has looked yet. */
export type Presence = "yes" | "no" | "maybe";

/** A volume as a right driver has it. */
export class ModelVolume {
  presence: Presence = "no";
  /** What was written into it since it was made. */
  mark: string | undefined;
  readonly #held = new Map<number, Held>();

  /** Mount succeeded. `isFirstSinceKill`: a driver may take the reference over or count one more. */
  mounted(id: number, isFirstSinceKill: boolean): void {
    const { least, most } = this.#of(id);
    this.#held.set(id, { least: isFirstSinceKill ? 1 : least + 1, most: most + 1 });
  }

  unmounted(id: number): void {
    const { least, most } = this.#of(id);
    this.#set(id, { least: Math.max(least - 1, 0), most: Math.max(most - 1, 0) });
  }

  /** A Mount that got no answer. */
  maybeMounted(id: number): void {
    const { least, most } = this.#of(id);
    this.#held.set(id, { least, most: most + 1 });
  }

  /** An Unmount that got no answer. */
  maybeUnmounted(id: number): void {
    const { least, most } = this.#of(id);
    this.#set(id, { least: Math.max(least - 1, 0), most });
  }

  /** It has gone: a new one of its name begins with nothing. */
  removed(): void {
    this.presence = "no";
    this.mark = undefined;
    this.#held.clear();
  }

  /** Whether anybody has it mounted. */
  get isHeld(): Presence {
    const all = [...this.#held.values()];
    if (all.some(({ least }) => least > 0)) return "yes";
    return all.length > 0 ? "maybe" : "no";
  }

  /** Whether this ID holds it. */
  holds(id: number): Presence {
    const { least, most } = this.#of(id);
    if (least > 0) return "yes";
    return most > 0 ? "maybe" : "no";
  }

  /** IDs that may hold it, each as often as it may. */
  references(): number[] {
    return [...this.#held].flatMap(([id, { most }]) => new Array<number>(most).fill(id));
  }

  #of(id: number): Held {
    return this.#held.get(id) ?? { least: 0, most: 0 };
  }

  #set(id: number, held: Held): void {
    if (held.most > 0) this.#held.set(id, held);
    else this.#held.delete(id);
  }
}
