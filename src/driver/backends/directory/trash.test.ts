import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { emptyTrash } from "./trash.ts";

function places() {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-trash-"));
  onTestFinished(() => fs.rmSync(directory, { recursive: true }));
  const [trash, outside] = [path.join(directory, "trash"), path.join(directory, "outside")];
  for (const place of [trash, outside]) fs.mkdirSync(place);
  fs.writeFileSync(path.join(outside, "precious"), "kept");
  return { trash, outside };
}

test("follows no link", () => {
  const { trash, outside } = places();
  fs.mkdirSync(path.join(trash, "v/below"), { recursive: true });
  fs.symlinkSync(outside, path.join(trash, "v/below/link"));
  fs.symlinkSync("/", path.join(trash, "v/root"));
  fs.symlinkSync(outside, path.join(trash, "w"));
  expect(emptyTrash(trash)).toBe(0);
  expect(fs.readdirSync(trash)).toEqual([]);
  expect(fs.readFileSync(path.join(outside, "precious"), "utf8")).toBe("kept");
});

test("takes trees of any depth, and names that are no text", () => {
  const { trash } = places();
  let deep = Buffer.from(path.join(trash, "deep"));
  for (let level = 0; level < 300; level++) {
    fs.mkdirSync(deep);
    fs.writeFileSync(Buffer.concat([deep, Buffer.from("/file")]), "");
    deep = Buffer.concat([deep, Buffer.from("/d")]);
  }
  fs.writeFileSync(Buffer.concat([Buffer.from(`${trash}/`), Buffer.from([0x66, 0xff, 0xfe])]), "");
  expect(emptyTrash(trash)).toBe(0);
  expect(fs.readdirSync(trash)).toEqual([]);
});
