import { expect, test } from "vitest";
import { ownWords } from "./own-driver.ts";

test.each([
  [25_000, 5000, "4000ms"],
  [10_000, 35_000, "8000ms"],
  // `seatrial driver serve` takes no less than a second.
  [25_000, 1000, "1000ms"],
])("with a deadline of %d ms and a patience of %d ms it is to answer within %s", (deadlineMs, patienceMs, told) => {
  expect(ownWords({ scope: "local", deadlineMs, patienceMs }).at(-1)).toBe(told);
});
