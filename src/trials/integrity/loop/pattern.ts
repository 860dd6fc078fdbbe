/** What fills the payload of blocks, over and over. */
export interface Pattern {
  /** As it was configured. */
  text: string;
  bytes: Buffer;
}

const MAX_PATTERN_BYTES = 512;

/**
 * The bytes that fio makes of a `verify_pattern`: hexadecimal in the order written, with a nought in front of an odd
 * digit; a decimal number from its lowest byte, without leading noughts; a text in double quotes as it is. `undefined`
 * for anything else and for more than 512 bytes (fio's lib/pattern.c).
 */
export function parsePattern(text: string): Buffer | undefined {
  const bytes = bytesOf(text.trim());
  return bytes !== undefined && bytes.length > 0 && bytes.length <= MAX_PATTERN_BYTES ? bytes : undefined;
}

function bytesOf(text: string): Buffer | undefined {
  const hex = /^0x([0-9a-f]+)$/i.exec(text)?.[1];
  if (hex !== undefined) return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, "hex");
  if (/^\d{1,18}$/.test(text)) return littleEndian(BigInt(text));
  const quoted = /^"([^"]+)"$/.exec(text)?.[1];
  return quoted === undefined ? undefined : Buffer.from(quoted);
}

function littleEndian(value: bigint): Buffer {
  const bytes = [];
  for (let rest = value; rest > 0n || bytes.length === 0; rest >>= 8n) bytes.push(Number(rest & 255n));
  return Buffer.from(bytes);
}
