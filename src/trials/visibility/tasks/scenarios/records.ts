import { crc32 } from "node:zlib";

/** What a reader of checked records found. `torn` lists at most 20 descriptions. */
export interface ParsedRecords {
  /** Sequence numbers of the whole records, in file order. */
  sequences: number[];
  torn: string[];
  /** Bytes after the last whole line: of a record whose end is not there. */
  restBytes: number;
}

/** One line that proves its own wholeness: sequence, length of the payload, CRC-32 of sequence and payload, payload. */
export function formatRecord(sequence: number, payloadBytes: number): string {
  const payload = `${sequence}.`.repeat(Math.ceil(payloadBytes / 2)).slice(0, payloadBytes);
  return `${sequence} ${payload.length} ${checksumOf(String(sequence), payload)} ${payload}\n`;
}

const checksumOf = (sequence: string, payload: string): number => crc32(`${sequence} ${payload}`);

/** Cuts a text into records. A last line without its end is not among the torn: one write may become visible page by page. */
export function parseRecords(text: string): ParsedRecords {
  const lines = text.split("\n");
  const result: ParsedRecords = { sequences: [], torn: [], restBytes: lines.pop()?.length ?? 0 };
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
  const [, sequence = "", length, checksum, payload = ""] = match;
  const whole = payload.length === Number(length) && checksumOf(sequence, payload) === Number(checksum);
  return whole ? Number(sequence) : undefined;
}
