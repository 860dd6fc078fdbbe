/** Spreads 32 bits over 32 bits, one to one (fmix32 of MurmurHash3); the result is unsigned. */
export function mix32(word: number): number {
  let h = word | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** One 32-bit word from several, in which order counts. Words beyond 32 bits give both their halves. */
export function mixAll(...words: readonly number[]): number {
  let h = 0x2545f491;
  for (const word of words) h = mix32(Math.imul(h, 0x9e3779b1) ^ mix32(word) ^ Math.floor(word / 2 ** 32));
  return h;
}
