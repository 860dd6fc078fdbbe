import { expect, test } from "vitest";
import { knowsOption, readFioVersion } from "./probe.ts";

test.each([
  ["fio-3.33\n", "3.33"],
  ["fio-3.42-12-gf534\n", "3.42-12-gf534"],
  ["flexible I/O", undefined],
])("the version in %j is %s", (answer, version) => {
  expect(readFioVersion(answer)).toBe(version);
});

test("an option that fio does not know is answered with another word, and exit status 0", () => {
  const known = "  verify_pattern: Fill pattern for IO buffers\n                type: string (opt=bla)\n";
  expect(knowsOption(known, "verify_pattern")).toBe(true);
  expect(knowsOption("No such command: verify_header_seed", "verify_header_seed")).toBe(false);
});
