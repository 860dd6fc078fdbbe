import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { alignedBuffer } from "./aligned-memory.ts";
import { probeDirectIo } from "./direct-io.ts";

let directory = "";
beforeEach(() => {
  directory = mkdtempSync(path.join(os.tmpdir(), "seatrial-direct-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

test("aligned memory has the size that was asked for and holds zeros", () => {
  const buffer = alignedBuffer(100_000);
  expect(buffer.length).toBe(100_000);
  expect(buffer.every((byte) => byte === 0)).toBe(true);
  expect(buffer.byteOffset).toBe(0);
});

test("a probe answers with a granule or a reason, and leaves nothing behind", () => {
  const answer = probeDirectIo(directory);
  expect("granuleBytes" in answer ? `${answer.granuleBytes} bytes` : answer.refused).toMatch(
    /^(512|1024|2048|4096) bytes$|^open answers|accepted|no O_DIRECT/,
  );
  expect(readdirSync(directory)).toEqual([]);
});

test("a directory in which nothing can be made is an error, not a refusal of direct transfers", () => {
  expect(() => probeDirectIo(path.join(directory, "absent"))).toThrow("ENOENT");
});
