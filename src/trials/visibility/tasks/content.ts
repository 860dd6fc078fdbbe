// File contents that tell by themselves which file and which generation they belong to, so that a look can say not just
// "wrong" but what it saw: torn, cut, empty, or another file's.

/** Old contents and modification times are in the past, so that every content change also changes the mtime. */
export const OLD_TIME_S = 1_000_000_000;

const LETTERS = ["A", "B", "C", "D"];

/** `lengthBytes` ASCII bytes for one generation of one file; every 16 bytes name both. */
export function contentOf(name: string, generation: number, lengthBytes: number): string {
  const letter = LETTERS[generation] ?? "Z";
  const stamp = `${letter}${name}`.padEnd(15, letter).slice(0, 15);
  return `${stamp}\n`.repeat(Math.ceil(lengthBytes / 16)).slice(0, lengthBytes);
}

/** Says what a content is that is neither `before` nor `after`. */
export function describeContent(seen: string, before: string | undefined, after: string | undefined): string {
  if (seen.length === 0) return "empty";
  if (after !== undefined && before !== undefined && seen.length === before.length && after.startsWith(seen)) {
    return `new content cut at the old size of ${seen.length} bytes`;
  }
  if (after?.startsWith(seen)) return `first ${seen.length} of ${after.length} new bytes`;
  if (before?.startsWith(seen)) return `first ${seen.length} of ${before.length} old bytes`;
  if (before !== undefined && after !== undefined) {
    const cut = commonPrefix(seen, after);
    if (cut > 0 && before.endsWith(seen.slice(cut))) return `torn: new up to byte ${cut}, old after it`;
    const turn = commonPrefix(seen, before);
    if (turn > 0 && after.endsWith(seen.slice(turn))) return `torn: old up to byte ${turn}, new after it`;
  }
  const written = seen.replace(/\0+$/, "").length;
  if (written === 0) return `${seen.length} zero bytes`;
  if (written < seen.length) return `zeroes from byte ${written} on, up to ${seen.length}`;
  return `${seen.length} foreign bytes (${JSON.stringify(seen.slice(0, 24))})`;
}

function commonPrefix(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}
