import { open } from "node:fs/promises";

const PT_INTERP = 3;
const PROGRAM_HEADER_BYTES = 56;

/**
 * The program interpreter (dynamic loader) that a 64-bit little-endian ELF file names, "" for a static one, undefined
 * for what is no such file. Layout: elf(5).
 */
export async function interpreterOf(file: string): Promise<string | undefined> {
  const handle = await open(file);
  try {
    const read = async (position: number, lengthBytes: number) =>
      (await handle.read(Buffer.alloc(lengthBytes), 0, lengthBytes, position)).buffer;
    const header = await read(0, 64);
    if (header.toString("latin1", 0, 6) !== "\x7fELF\x02\x01") return undefined;
    const tableOffset = Number(header.readBigUInt64LE(32));
    const count = header.readUInt16LE(56);
    const table = await read(tableOffset, count * PROGRAM_HEADER_BYTES);
    for (let at = 0; at < table.length; at += PROGRAM_HEADER_BYTES) {
      if (table.readUInt32LE(at) !== PT_INTERP) continue;
      const text = await read(Number(table.readBigUInt64LE(at + 8)), Number(table.readBigUInt64LE(at + 32)));
      return text.toString("utf8").replace(/\0.*$/s, "");
    }
    return "";
  } finally {
    await handle.close();
  }
}
