import { expect, test } from "vitest";
import { OutputLog } from "./output-log.ts";

const LINE = `${"x".repeat(1023)}\n`;

test("all of a little is kept", () => {
  const log = new OutputLog();
  for (const text of ["one\n", "two\n", "three\n"]) log.add(text);
  expect(log.text()).toBe("one\ntwo\nthree\n");
});

test("of much, the beginning and the end, and how much is left out", () => {
  const log = new OutputLog();
  log.add("first\n");
  for (let kibibytes = 0; kibibytes < 8 * 1024; kibibytes++) log.add(LINE);
  log.add("last\n");
  const text = log.text();
  expect(text).toMatch(/^first\nx/);
  expect(text).toMatch(/x\nlast\n$/);
  expect(text.length).toBeLessThan(3.1 * 2 ** 20);
  const leftOut = Number(/\[(\d+) characters left out\]/.exec(text)?.[1]);
  const kept = text.replace(/\n\[\d+ characters left out\]\n/, "").length;
  expect(kept + leftOut).toBe(8 * 2 ** 20 + "first\nlast\n".length);
});

test("the last words are the last lines", () => {
  const log = new OutputLog();
  for (let line = 1; line <= 100; line++) log.add(`line ${line}\n`);
  expect(log.lastWords().split("\n")).toHaveLength(15);
  expect(log.lastWords()).toMatch(/^line 86\n[^]*line 100$/);
});
