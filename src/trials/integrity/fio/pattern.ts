const ADDRESS_BYTES = 8;
const GENERATION_BYTES = 4;
/** fio keeps 512 bytes of a pattern; this is the largest prime below. */
const LONGEST_PERIOD_BYTES = 509;
const SECTOR_BYTES = 512;

/** `0x` and the generation, 8 hex digits. */
export function generationHex(generation: number): string {
  return `0x${generation.toString(16).padStart(2 * GENERATION_BYTES, "0")}`;
}

/**
 * The pattern of one generation for `verify_pattern`: the generation, again and again, then `%o`, which fio replaces by
 * the block's offset. Its length is prime and, for blocks up to 254 KiB, greater than the number of sectors in a block,
 * so that no two sectors of a block begin at the same place of the pattern: fio repeats it from the start of each
 * block, and with a length of 12 bytes it cannot tell sectors apart that lie a multiple of 3 away from each other.
 */
export function primePattern(generation: number, blockBytes: number): string {
  const constant = generationHex(generation).slice(2);
  const digits = 2 * (periodBytes(blockBytes) - ADDRESS_BYTES);
  return `0x${constant.repeat(Math.ceil(digits / constant.length)).slice(0, digits)}%o`;
}

/** Length of `primePattern` as it lies in the file. */
export function periodBytes(blockBytes: number): number {
  let bytes = Math.max(GENERATION_BYTES + ADDRESS_BYTES, blockBytes / SECTOR_BYTES) + 1;
  while (!isPrime(bytes)) bytes += 1;
  return Math.min(bytes, LONGEST_PERIOD_BYTES);
}

function isPrime(value: number): boolean {
  for (let divisor = 2; divisor * divisor <= value; divisor++) if (value % divisor === 0) return false;
  return true;
}
