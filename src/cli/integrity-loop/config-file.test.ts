import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { temporaryFolder } from "../../../test/fixtures/folders.ts";
import { configPathOf, readLoopConfig } from "./config-file.ts";

function read(text: string, name = "config.json") {
  const file = path.join(temporaryFolder(), name);
  fs.writeFileSync(file, text);
  return readLoopConfig(file, { env: {} });
}

describe("the loop's configuration file", () => {
  it("is found by flag, by environment, and where the original looked", () => {
    expect(configPathOf("/a", { env: { IO_CONFIG_PATH: "/b" } })).toBe("/a");
    expect(configPathOf(undefined, { env: { IO_CONFIG_PATH: "/b" } })).toBe("/b");
    expect(configPathOf(undefined, { env: { IO_CONFIG_PATH: "" } })).toBe("/mnt/config/config.json");
  });

  it("may be the original's sample: comments, and a sleep given as text", () => {
    const { settings, warnings } = read(`{
      // "write" or "read"
      "io_mode": "write",
      "io_patterns": ["0x0123456789aaaaaa"], // any number
      "io_write_step": 4,
      "iteration_sleep": "5",
      "io_file": "/mnt/data//file1"
    }`);
    expect(settings).toMatchObject({ writeStep: 4, sleepMs: 5000, filePath: "/mnt/data/file1" });
    expect(warnings).toEqual(["// comments are no JSON", expect.stringContaining("iteration_sleep")]);
  });

  test.each([
    ['{"io_write_step": 3}', "config.json"],
    ["io_write_step: 3 # every third\n", "config.yaml"],
    ['\n// first\n{\n\t"io_write_step": 3,\n}\n', "config.json"],
  ])("%j", (text, name) => {
    expect(read(text, name).settings.writeStep).toBe(3);
  });

  test.each<[text: string, detail: RegExp]>([
    ['{\n  "io_wite_step": 3\n}', /config\.json:2:3: unknown key "io_wite_step" \(did you mean "io_write_step"\?\)/],
    ['{\n  // a comment\n  "io_write_step": 0\n}', /config\.json:3:3: io_write_step is 0; it must be at least 1/],
    ['{"io_mode": 5}', /io_mode is 5/],
    ['{"io_patterns": [0xff]}', /io_patterns\.0 is 255/],
    ['{"io_direct": "yes"}', /it must be one of auto, on, off/],
    ['{"io_mode": "write"', /config\.json:1:\d+: /],
    ["", /holds no object with keys/],
    ["[]", /holds no object with keys/],
  ])("%j is refused", (text, detail) => {
    expect(() => read(text)).toThrow(detail);
    expect(() => read(text)).toThrow(expect.objectContaining({ code: "INTEGRITY_LOOP_CONFIG", exit: 2 }));
  });

  it("may not be missing", () => {
    expect(() => readLoopConfig("/nowhere/config.json", { env: {} })).toThrow(
      expect.objectContaining({ code: "INTEGRITY_LOOP_CONFIG_UNREADABLE", exit: 2 }),
    );
  });
});
