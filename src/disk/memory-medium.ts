import type { Medium } from "./medium.ts";

/** A medium that is gone with its last reference: a disk without a file below it. */
export function createMemoryMedium(sizeBytes: number): Medium {
  const bytes = Buffer.alloc(sizeBytes);
  return {
    sizeBytes,
    wasBlank: true,
    read: (offset, into) => void bytes.copy(into, 0, offset),
    write: (offset, parts) => {
      let at = offset;
      for (const part of parts) at += part.copy(bytes, at);
    },
  };
}
