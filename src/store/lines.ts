import fs from "node:fs";
import { MAX_LINE_BYTES } from "./line-file.ts";

/** One line of a file. `torn` when the file ends inside it; `tooLong` when it was thrown away for its length. */
export interface Line {
  /** Counted from 1. */
  number: number;
  text: string;
  state: LineState;
}
type LineState = "whole" | "torn" | "tooLong";

const CHUNK_BYTES = 64 * 1024;
const NEWLINE = 0x0a;
const NOTHING = Buffer.alloc(0);

/** The lines of a file one after another. Reads in chunks: memory is bounded by the longest line allowed. */
export function* readLines(file: string): Generator<Line> {
  const descriptor = fs.openSync(file, "r");
  let number = 0;
  try {
    for (const { text, state } of readBlocks(descriptor)) {
      for (const line of text.split("\n")) yield { number: ++number, text: line, state };
    }
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Lines in bulk, without the last newline. Cut at newlines only, so that no character is split. */
function* readBlocks(descriptor: number): Generator<{ text: string; state: LineState }> {
  let rest: Buffer = NOTHING;
  let skipping = false;
  for (let chunk of readChunks(descriptor)) {
    if (skipping) {
      const end = chunk.indexOf(NEWLINE);
      if (end < 0) continue;
      yield { text: "", state: "tooLong" };
      skipping = false;
      chunk = chunk.subarray(end + 1);
    }
    const cut = chunk.lastIndexOf(NEWLINE);
    if (cut >= 0) yield { text: Buffer.concat([rest, chunk.subarray(0, cut)]).toString("utf8"), state: "whole" };
    rest = Buffer.concat([cut >= 0 ? NOTHING : rest, chunk.subarray(cut + 1)]);
    skipping = rest.byteLength > MAX_LINE_BYTES;
    if (skipping) rest = NOTHING;
  }
  if (skipping) yield { text: "", state: "tooLong" };
  else if (rest.byteLength > 0) yield { text: rest.toString("utf8"), state: "torn" };
}

/** The same buffer each time: what must outlive a turn is copied by the one who keeps it. */
function* readChunks(descriptor: number): Generator<Buffer> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  for (;;) {
    const lengthBytes = fs.readSync(descriptor, buffer, 0, CHUNK_BYTES, null);
    if (lengthBytes === 0) return;
    yield buffer.subarray(0, lengthBytes);
  }
}
