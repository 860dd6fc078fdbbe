import { mix32 } from "../blocks/mix.ts";

/** For each lap another order of the numbers below a size, and back. */
export interface Permutation {
  /** Which number comes at `position` of a lap. */
  at(lap: number, position: number): number;
  /** At which position of a lap `value` comes. */
  positionOf(lap: number, value: number): number;
}

/** The same order in each lap: by number. */
export const IN_ORDER: Permutation = { at: (_, position) => position, positionOf: (_, value) => value };

/** `size`: below 2^32. */
export function createPermutation(size: number, seed: number): Permutation {
  return size < 2 ? IN_ORDER : new FeistelPermutation(size, seed);
}

/**
 * Without memory: a Feistel network over the rows and columns of a grid that is just large enough, walked on from the few
 * places that stand for no number (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002).
 */
class FeistelPermutation implements Permutation {
  readonly #size: number;
  readonly #seed: number;
  readonly #rows: number;
  readonly #columns: number;

  constructor(size: number, seed: number) {
    this.#size = size;
    this.#seed = seed;
    this.#rows = Math.ceil(Math.sqrt(size));
    this.#columns = Math.ceil(size / this.#rows);
  }

  at(lap: number, position: number): number {
    const key = this.#key(lap);
    let value = this.#forth(key, position);
    while (value >= this.#size) value = this.#forth(key, value);
    return value;
  }

  positionOf(lap: number, value: number): number {
    const key = this.#key(lap);
    let position = this.#back(key, value);
    while (position >= this.#size) position = this.#back(key, position);
    return position;
  }

  #key(lap: number): number {
    return mix32(this.#seed ^ Math.imul(lap, 0x9e3779b1));
  }

  #forth(key: number, value: number): number {
    let row = Math.floor(value / this.#columns);
    let column = value - row * this.#columns;
    for (let round = 0; round < 4; round += 2) {
      row = wrapped(row + drawn(key, round, column, this.#rows), this.#rows);
      column = wrapped(column + drawn(key, round + 1, row, this.#columns), this.#columns);
    }
    return row * this.#columns + column;
  }

  #back(key: number, value: number): number {
    let row = Math.floor(value / this.#columns);
    let column = value - row * this.#columns;
    for (let round = 2; round >= 0; round -= 2) {
      column = wrapped(column - drawn(key, round + 1, row, this.#columns) + this.#columns, this.#columns);
      row = wrapped(row - drawn(key, round, column, this.#rows) + this.#rows, this.#rows);
    }
    return row * this.#columns + column;
  }
}

/** A number below `limit` (at most 2^16) that follows from the half that stays as it is. */
function drawn(key: number, round: number, half: number, limit: number): number {
  return ((mix32(key ^ half ^ (round << 28)) >>> 16) * limit) >>> 16;
}

function wrapped(sum: number, limit: number): number {
  return sum >= limit ? sum - limit : sum;
}
