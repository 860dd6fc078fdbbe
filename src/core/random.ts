/** A seeded source of numbers. The same seed gives the same plan, on every machine and version. */
export interface Random {
  /** A whole number in [0, limit), each equally likely. `limit` is a positive integer up to 2^32. */
  below(limit: number): number;
  /** A number in [0, 1) with 32 random bits. */
  fraction(): number;
  /** A source of its own for one purpose, so that one part drawing more does not shift another's numbers. */
  fork(label: string): Random;
  /** A shuffled copy (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[];
  /** One of the items, each equally likely. @throws RangeError when there are none. */
  pick<T>(items: readonly T[]): T;
}

/** sfc32 (Chris Doty-Humphrey, PractRand) over a seed of any text; forks hash `seed/label`. */
export function createRandom(seed: string): Random {
  const next = sfc32(hash128(seed));
  const below = (limit: number): number => {
    if (!Number.isInteger(limit) || limit < 1 || limit > 2 ** 32)
      throw new RangeError(`below(${limit}): want an integer from 1 to 2^32`);
    const fair = 2 ** 32 - (2 ** 32 % limit);
    for (;;) {
      const drawn = next();
      if (drawn < fair) return drawn % limit;
    }
  };
  const shuffled = <T>(items: readonly T[]): T[] => {
    const copy = [...items];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [copy[i], copy[j]] = [copy[j] as T, copy[i] as T];
    }
    return copy;
  };
  return {
    below,
    fraction: () => next() / 2 ** 32,
    fork: (label) => createRandom(`${seed}/${label}`),
    shuffled,
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new RangeError("pick from nothing");
      return items[below(items.length)] as T;
    },
  };
}

type State = [number, number, number, number];

function sfc32([a, b, c, counter]: State): () => number {
  const next = (): number => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 15; i++) next();
  return next;
}

/** Four 32-bit words from a text: FNV-1a with four offsets and a final avalanche (MurmurHash3's fmix32). */
function hash128(text: string): State {
  const bytes = new TextEncoder().encode(text);
  const word = (offset: number): number => {
    let h = 0x811c9dc5 ^ offset;
    for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193);
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    return (h ^ (h >>> 16)) | 0;
  };
  return [word(0), word(0x9e3779b9), word(0x3c6ef372), word(0x1715609d)];
}
