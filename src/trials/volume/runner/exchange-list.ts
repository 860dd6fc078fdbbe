import type { Exchange } from "../model.ts";

/** How many are kept of the first, of the last, and of those that were pointed at. */
const KEPT = 40;

/** The exchanges of one case: all counted, and enough of them kept to see what happened. */
export class ExchangeList {
  readonly #kept = new Map<number, Exchange>();
  readonly #last: number[] = [];
  readonly #pinned = new Set<number>();
  #count = 0;

  /** How many there were. */
  get count(): number {
    return this.#count;
  }

  add(exchange: Exchange): void {
    const number = this.#count++;
    this.#kept.set(number, exchange);
    if (number < KEPT) return;
    this.#last.push(number);
    const [oldest] = this.#last;
    if (oldest === undefined || this.#last.length <= KEPT) return;
    this.#last.shift();
    if (!this.#pinned.has(oldest)) this.#kept.delete(oldest);
  }

  /** Keeps the newest one, for a check that points at it; gives its number, -1 while there is none. */
  pin(): number {
    const newest = this.#count - 1;
    if (newest >= 0 && this.#pinned.size < KEPT) this.#pinned.add(newest);
    return newest;
  }

  /** The newest one's number, which may be let go of later; -1 while there is none. */
  newest(): number {
    return this.#count - 1;
  }

  /** Those that were kept, in order. */
  kept(): Exchange[] {
    return this.#sorted().map(([, exchange]) => exchange);
  }

  /** Where the one of that number lies in `kept`, -1 where it was let go. */
  placeOf(number: number): number {
    return this.#sorted().findIndex(([one]) => one === number);
  }

  #sorted(): [number, Exchange][] {
    return [...this.#kept].sort(([a], [b]) => a - b);
  }
}
