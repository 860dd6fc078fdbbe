import { mix32 } from "../blocks/mix.ts";

/** For each lap another order of the numbers below `size`, and back. */
export interface Permutation {
  /** Which number comes at `position` of a lap. */
  at(lap: number, position: number): number;
  /** At which position of a lap `value` comes. */
  positionOf(lap: number, value: number): number;
}

const ROUNDS = 4;

/** The same order in each lap: by number. */
export const IN_ORDER: Permutation = { at: (_, position) => position, positionOf: (_, value) => value };

/**
 * Without memory: a Feistel network over pairs (a, b) of a grid that is just large enough, walked on from the few pairs
 * that stand for no number (Black and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002, methods 2 and 3).
 */
export function createPermutation(size: number, seed: number): Permutation {
  if (size < 2) return IN_ORDER;
  const rows = Math.ceil(Math.sqrt(size));
  const columns = Math.ceil(size / rows);
  const forth = (key: number, value: number): number => {
    let row = Math.floor(value / columns);
    let column = value % columns;
    for (let round = 0; round < ROUNDS; round += 2) {
      row = (row + (mix32(key ^ column ^ (round << 28)) % rows)) % rows;
      column = (column + (mix32(key ^ row ^ ((round + 1) << 28)) % columns)) % columns;
    }
    return row * columns + column;
  };
  const back = (key: number, value: number): number => {
    let row = Math.floor(value / columns);
    let column = value % columns;
    for (let round = ROUNDS - 2; round >= 0; round -= 2) {
      column = (column + columns - (mix32(key ^ row ^ ((round + 1) << 28)) % columns)) % columns;
      row = (row + rows - (mix32(key ^ column ^ (round << 28)) % rows)) % rows;
    }
    return row * columns + column;
  };
  const walk = (step: (key: number, value: number) => number, lap: number, from: number): number => {
    const key = mix32(seed ^ Math.imul(lap, 0x9e3779b1));
    let value = step(key, from);
    while (value >= size) value = step(key, value);
    return value;
  };
  return {
    at: (lap, position) => walk(forth, lap, position),
    positionOf: (lap, value) => walk(back, lap, value),
  };
}
