import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { diskRule, PAGE_BYTES } from "../core/disk.ts";
import { LyingDisk } from "./lying-disk.ts";
import { openFileMedium } from "./medium.ts";

let directory: string;
let file: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "disk-medium-"));
  file = path.join(directory, "image");
  fs.writeFileSync(file, Buffer.alloc(2 * PAGE_BYTES, "o"));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

const page = (letter: string) => Buffer.alloc(PAGE_BYTES, letter);

test("a disk in a file shows what is there, and writes it in place once it is flushed", () => {
  const disk = new LyingDisk(openFileMedium(file, 2 * PAGE_BYTES));
  expect(disk.read(0, PAGE_BYTES)).toEqual(page("o"));
  disk.write(0, page("n"));
  expect(fs.readFileSync(file).subarray(0, PAGE_BYTES)).toEqual(page("o"));
  disk.flush();
  expect(fs.readFileSync(file)).toEqual(Buffer.concat([page("n"), page("o")]));
});

test("what the file held is what a page held before it was written", () => {
  const disk = new LyingDisk(openFileMedium(file, 2 * PAGE_BYTES));
  disk.write(0, page("n"));
  disk.setRules([diskRule.parse({ on: "read", action: "stale" })]);
  expect(disk.read(0, PAGE_BYTES)).toEqual(page("o"));
});

test("a file of another size, or none, is refused by its name", () => {
  for (const [name, sizeBytes] of [
    [file, PAGE_BYTES],
    [`${file}.none`, 2 * PAGE_BYTES],
  ] as const)
    expect(() => openFileMedium(name, sizeBytes)).toThrow(
      expect.objectContaining({ code: "DISK_MEDIUM_FAILED", message: expect.stringContaining(name) }),
    );
});
