import { expect, test } from "vitest";
import { createCommandLine } from "../../../test/fixtures/command-line.ts";

test("a run without a disk's log is refused by its name, with what to do", async () => {
  const { call } = createCommandLine();
  await call("run", "--seed", "7");
  const { exit, stdout, stderr } = await call("integrity", "search", "latest", "--json");
  expect(exit).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: "SEARCH_NO_LOG", exit: 2 } });
  expect(stderr).toContain("--disk ext4 --record on");
});

test.each([
  [["--points", "0"], "SETTING_INVALID"],
  [["--points", "many"], "SETTING_INVALID"],
  [["--duration", "5"], "SETTING_INVALID"],
  [["--keep-image", "/nowhere/image"], "OUTPUT_NOT_WRITABLE"],
  [["--survivors", "all"], "SETTING_INVALID"],
  [[], "RUN_NOT_FOUND"],
])("%j ends before anything is tried", async (words, code) => {
  const { exit, stdout, stderr } = await createCommandLine().call("integrity", "search", "latest", ...words);
  expect(stdout).toBe("");
  expect(stderr).toContain(code);
  expect(exit).toBeGreaterThan(1);
});
