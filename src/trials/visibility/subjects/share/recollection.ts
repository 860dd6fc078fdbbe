/** What was last seen of one thing, and what it was before that. */
export class Recollection<T> {
  readonly #same: (a: T, b: T) => boolean;
  #current: { value: T } | undefined;
  #previous: { value: T } | undefined;
  #looks = 0;

  constructor(same: (a: T, b: T) => boolean) {
    this.#same = same;
  }

  /**
   * Takes in the present state and answers with the one before the last change, if there was a change. A look that does
   * not `count` never becomes one of the nth.
   */
  see(value: T, counts = true): { value: T } | undefined {
    if (this.#current && !this.#same(this.#current.value, value)) {
      this.#previous = this.#current;
      this.#looks = 0;
    }
    this.#current = { value };
    if (counts) this.#looks++;
    return this.#previous;
  }

  /** Whether this look is one of every `n` since the change, the first one never being one; 0 is never. */
  isNth(n: number): boolean {
    return n > 0 && this.#looks > 1 && this.#looks % n === 0;
  }
}
