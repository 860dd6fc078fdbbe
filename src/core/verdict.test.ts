import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mergeVerdicts, VERDICTS, type Verdict } from "./verdict.ts";

describe("mergeVerdicts", () => {
  test.each<[Verdict[], Verdict]>([
    [[], "inconclusive"],
    [["pass", "pass"], "pass"],
    [["pass", "skipped"], "pass"],
    [["skipped", "skipped"], "skipped"],
    [["pass", "inconclusive"], "inconclusive"],
    [["inconclusive", "errored"], "errored"],
    [["errored", "fail", "pass"], "fail"],
  ])("of %j is %s", (parts, whole) => {
    expect(mergeVerdicts(parts)).toBe(whole);
  });

  test("order and repetition do not matter, and parts may be merged first", () => {
    const verdicts = fc.array(fc.constantFrom(...VERDICTS), { minLength: 1 });
    fc.assert(
      fc.property(verdicts, verdicts, (some, others) => {
        const whole = mergeVerdicts([...some, ...others]);
        expect(mergeVerdicts([...others, ...some, ...some])).toBe(whole);
        expect(mergeVerdicts([mergeVerdicts(some), mergeVerdicts(others)])).toBe(whole);
      }),
    );
  });
});
