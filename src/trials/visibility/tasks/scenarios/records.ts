import { crc32 } from "node:zlib";

/** What a reader of checked records found. `torn` lists at most 20 descriptions. */
export interface ParsedRecords {
  /** Sequence numbers of the whole records, in file order. */
  sequences: number[];
  torn: string[];
}

/** One line that proves its own wholeness: sequence, length and CRC-32 of the payload, payload. */
export function formatRecord(sequence: number, payloadBytes: number): string {
  const payload = `${sequence}.`.repeat(Math.ceil(payloadBytes / 2)).slice(0, payloadBytes);
  return `${sequence} ${payload.length} ${crc32(payload)} ${payload}\n`;
}

/** Cuts a text into records. A last line without its end is no tear: one write may become visible page by page. */
export function parseRecords(text: string): ParsedRecords {
  const result: ParsedRecords = { sequences: [], torn: [] };
  const lines = text.split("\n");
  lines.pop();
  for (const [index, line] of lines.entries()) {
    const sequence = sequenceOf(line);
    if (sequence !== undefined) result.sequences.push(sequence);
    else if (result.torn.length < 20) result.torn.push(`record ${index}: ${JSON.stringify(line.slice(0, 40))}`);
  }
  return result;
}

function sequenceOf(line: string): number | undefined {
  const match = /^(\d+) (\d+) (\d+) (.*)$/s.exec(line);
  if (!match) return undefined;
  const [, sequence, length, checksum, payload = ""] = match;
  return payload.length === Number(length) && crc32(payload) === Number(checksum) ? Number(sequence) : undefined;
}
