import fs from "node:fs";
import path from "node:path";
import { systemCode } from "../../../core/errors.ts";
import type { PrepareOp } from "../model.ts";
import { alignedBuffer } from "./aligned-memory.ts";

/** Whether data can be moved past the page cache, and in which granule. */
export type DirectIo = NonNullable<PrepareOp["result"]>["directIo"];

const GRANULES_BYTES = [512, 1024, 2048, 4096];
const PROBE_NAME = ".direct-probe";
const { O_DIRECT, O_RDWR } = fs.constants;

/**
 * Tries O_DIRECT in this very directory: a file system may refuse it at open or at the first transfer. Makes a file and
 * takes it away again. A memory file system accepts anything, which says nothing of others.
 * @throws Error with the system's code where no file can be made or written at all
 */
export function probeDirectIo(directory: string): DirectIo {
  if (O_DIRECT === undefined) return { refused: "this system has no O_DIRECT" };
  const file = path.join(directory, PROBE_NAME);
  fs.writeFileSync(file, Buffer.alloc(4 * 4096), { flag: "wx" });
  try {
    return probeFile(file);
  } finally {
    fs.rmSync(file);
  }
}

function probeFile(file: string): DirectIo {
  let descriptor: number;
  try {
    descriptor = fs.openSync(file, O_RDWR | O_DIRECT);
  } catch (error) {
    return { refused: `open answers ${systemCode(error)}` };
  }
  try {
    const buffer = alignedBuffer(4096);
    const granuleBytes = GRANULES_BYTES.find((size) => transfers(descriptor, buffer, size));
    return granuleBytes ? { granuleBytes } : { refused: "no transfer of up to 4 KiB is accepted" };
  } finally {
    fs.closeSync(descriptor);
  }
}

function transfers(descriptor: number, buffer: Buffer, granuleBytes: number): boolean {
  try {
    fs.writeSync(descriptor, buffer, 0, granuleBytes, granuleBytes);
    fs.readSync(descriptor, buffer, 0, granuleBytes, granuleBytes);
    return true;
  } catch (error) {
    if (systemCode(error) === "EINVAL") return false;
    throw error;
  }
}
