import { PAGE_BYTES } from "../core/disk.ts";
import { createRandom } from "../core/random.ts";

// What can become of a page. Each gives a new page and leaves those it is given alone.

/** Inverts `bits` different bits, at places drawn from the seed. */
export function flipped(page: Buffer, bits: number, seed: string): Buffer {
  const random = createRandom(seed);
  const places = new Set<number>();
  while (places.size < bits) places.add(random.below(PAGE_BYTES * 8));
  const out = Buffer.from(page);
  for (const place of places) out[place >> 3] = (out[place >> 3] as number) ^ (1 << (place & 7));
  return out;
}

/** Random bytes. */
export function scrambled(seed: string): Buffer {
  const random = createRandom(seed);
  const out = Buffer.allocUnsafe(PAGE_BYTES);
  for (let at = 0; at < PAGE_BYTES; at += 4) out.writeUInt32LE(random.below(2 ** 32), at);
  return out;
}

/** The first `keepBytes` of the new page, and the rest of the old one. */
export function torn(page: Buffer, old: Buffer, keepBytes: number): Buffer {
  return Buffer.concat([page.subarray(0, keepBytes), old.subarray(keepBytes)]);
}

/** A page of zeros, the caller's own. */
export function zeroed(): Buffer {
  return Buffer.alloc(PAGE_BYTES);
}
