import { expect, test } from "vitest";
import { tryDefect } from "../../../../../test/fixtures/try-defect.ts";
import type { DriverProcess } from "../../subject.ts";
import { restartCases } from "./index.ts";

type Second = Omit<Awaited<ReturnType<DriverProcess["second"]>>, typeof Symbol.asyncDispose>;

test.each<[string, Second, RegExp]>([
  ["ends with words", { ended: "ended with status 3\nanother one is at it", isServing: false }, /^$/],
  ["waits for the end of the first", { ended: undefined, isServing: false }, /^$/],
  ["serves as well", { ended: undefined, isServing: true }, /^The second instance serves nobody/],
  ["ends without a word", { ended: "ended with status 3", isServing: false }, /^Where it ends it says why/],
])("X13 of a second instance that %s", async (_, second, complaint) => {
  const begun = async () => ({ ...second, [Symbol.asyncDispose]: async () => {} });
  const process = { second: begun, pid: () => undefined } as unknown as DriverProcess;
  expect(await tryDefect(restartCases, "X13", { change: () => ({ process }) })).toMatch(complaint);
});
