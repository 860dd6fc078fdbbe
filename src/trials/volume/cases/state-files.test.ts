import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { copyState, cutState, loseState, restoreState, spoilState } from "./state-files.ts";

let directory: string;

beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-state-files-"));
  fs.mkdirSync(path.join(directory, "inner"));
  fs.writeFileSync(path.join(directory, "one"), "0123456789");
  fs.writeFileSync(path.join(directory, "inner", "two"), "abc");
  fs.symlinkSync("/etc/hostname", path.join(directory, "link"));
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

const texts = () => [...copyState(directory)].map(([file, bytes]) => [path.relative(directory, file), String(bytes)]);

test("an older state comes back as it was, and newer files go", () => {
  const copy = copyState(directory);
  fs.writeFileSync(path.join(directory, "one"), "changed");
  fs.writeFileSync(path.join(directory, "new"), "later");
  restoreState(directory, copy);
  expect(texts()).toEqual([
    ["inner/two", "abc"],
    ["one", "0123456789"],
  ]);
});

test("a cut leaves the first half, garbage the length", () => {
  cutState(directory);
  expect(texts()).toEqual([
    ["inner/two", "a"],
    ["one", "01234"],
  ]);
  spoilState(directory);
  expect(fs.readFileSync(path.join(directory, "one")).subarray(1, 4)).toEqual(Buffer.alloc(3, 0xff));
});

test("nothing is left of a lost state but what was no file of it", () => {
  loseState(directory);
  expect(texts()).toEqual([]);
  expect(fs.readdirSync(directory)).toEqual(["inner", "link"]);
});

test("a state that is one file, or none yet, is one too", () => {
  cutState(path.join(directory, "one"));
  expect(fs.readFileSync(path.join(directory, "one"), "utf8")).toBe("01234");
  expect(copyState(path.join(directory, "missing")).size).toBe(0);
});
