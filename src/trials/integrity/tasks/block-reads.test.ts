import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { readBlocks } from "./block-reads.ts";
import { LatencyClasses } from "./latency-classes.ts";

test("behind the file's end there are zeros", () => {
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-reads-")), "file");
  fs.writeFileSync(file, Buffer.alloc(5000, 7));
  const descriptor = fs.openSync(file, "r");
  const buffer = Buffer.alloc(12_288, 9);
  const read = readBlocks({ descriptor, buffer, position: 0 }, new LatencyClasses());
  fs.closeSync(descriptor);
  fs.rmSync(path.dirname(file), { recursive: true });
  expect(read).toEqual({ sizeBytes: 5000, unreadable: new Map() });
  expect(buffer.equals(Buffer.concat([Buffer.alloc(5000, 7), Buffer.alloc(7288)]))).toBe(true);
});

test.runIf(process.platform === "linux")("what cannot be read is found block by block", () => {
  // This process's memory, read as a file: where nothing is mapped, the kernel answers EIO.
  const descriptor = fs.openSync("/proc/self/mem", "r");
  const buffer = Buffer.alloc(4 * 4096, 9);
  const readNs = new LatencyClasses();
  const read = readBlocks({ descriptor, buffer, position: endOfMapping() - 2 * 4096 }, readNs);
  fs.closeSync(descriptor);
  expect([...read.unreadable]).toEqual([
    [2, "EIO"],
    [3, "EIO"],
  ]);
  expect(read.sizeBytes).toBe(buffer.length);
  expect(buffer.subarray(2 * 4096).every((byte) => byte === 0)).toBe(true);
  expect(readNs.take().counts.length).toBeGreaterThan(0);
});

/** The end of a readable piece of memory of at least two pages, with at least two unmapped pages behind it. */
function endOfMapping(): number {
  const maps = fs.readFileSync("/proc/self/maps", "utf8").trimEnd().split("\n");
  const pieces = maps.map((line) => {
    const [, from = "", to = "", mode = ""] = /^(\w+)-(\w+) (\S+)/.exec(line) ?? [];
    return { from: Number.parseInt(from, 16), to: Number.parseInt(to, 16), mode };
  });
  const isEdge = (index: number): boolean => {
    const { from = 0, to = 0, mode = "" } = pieces[index] ?? {};
    return mode.startsWith("r") && to - from >= 8192 && (pieces[index + 1]?.from ?? 0) - to >= 8192;
  };
  return pieces[pieces.findIndex((_, index) => isEdge(index))]?.to ?? 0;
}
