import type { JournalState } from "../../../src/trials/integrity/journal/records.ts";
import { allowedStretches } from "../../../src/trials/integrity/journal/state.ts";

/** Size of the data file. */
export const DATA_BYTES = 1 << 20;
const BLOCK_BYTES = 4096;
const SECTOR_BYTES = 512;

/** Content of that generation for the bytes from `from` on: every sector tells its generation and its place. */
export function stamped(generation: number, from: number, lengthBytes: number): Buffer {
  const bytes = Buffer.alloc(lengthBytes);
  for (let at = 0; at < lengthBytes; at += SECTOR_BYTES) {
    bytes.writeUInt32LE(generation, at);
    bytes.writeUInt32LE(from + at, at + 4);
  }
  return bytes;
}

/** The generation of the sector at that place; undefined when it is not what was ever written there. */
function generationAt(bytes: Buffer, at: number): number | undefined {
  const generation = bytes.readUInt32LE(at);
  return generation === 0 || bytes.readUInt32LE(at + 4) === at ? generation : undefined;
}

/** Numbers of the blocks that hold a sector which the state does not allow. */
export function blocksNotAllowed(state: JournalState, bytes: Buffer): number[] {
  const wrong = new Set<number>();
  for (const { from, to, contents } of allowedStretches(state))
    for (let at = from; at < to; at += SECTOR_BYTES) {
      const generation = generationAt(bytes, at);
      const isAllowed = contents.some(
        ({ oldest, newest }) => generation !== undefined && oldest <= generation && generation <= newest,
      );
      if (!isAllowed) wrong.add(Math.floor(at / BLOCK_BYTES));
    }
  return [...wrong];
}
