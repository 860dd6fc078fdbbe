import { chmodSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { findPrograms, toolPath } from "./programs.ts";

const directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), "seatrial-programs-")));
afterAll(() => rmSync(directory, { recursive: true }));

test("the usual directories are searched after the user's", () => {
  expect(toolPath("/mine")).toMatch(/^\/mine:.*\/usr\/sbin/);
  expect(toolPath(undefined)).not.toContain("undefined");
});

describe.runIf(os.platform() !== "win32")("a program", () => {
  const real = path.join(directory, "program-1.2");
  writeFileSync(real, "");
  chmodSync(real, 0o755);
  symlinkSync(real, path.join(directory, "program"));
  writeFileSync(path.join(directory, "data"), "");

  test("is found behind its links", async () => {
    expect(await findPrograms("program", `/nowhere:${directory}`)).toEqual([real]);
  });

  test.each(["data", "absent", "", "../x", directory])("is not %j", async (name) => {
    expect(await findPrograms(name, directory)).toEqual([]);
  });
});
