import { expect, test } from "vitest";
import type { VolumeCase } from "../../../src/trials/volume/cases/case.ts";
import { volumeCases } from "../../../src/trials/volume/cases/index.ts";
import { broken, type CaseTry, tryCase, trySubject } from "../../fixtures/volume-lab.ts";
import { requires } from "../../requires.ts";

const HOW: CaseTry = { deadlineMs: 3000, scale: { engineRounds: 1 } };
const CASES = volumeCases.filter(({ needs }) => needs.includes("engine"));

requires("engine", "embedded")("the cases with an engine", () => {
  test("pass on the reference driver", async () => {
    await using subject = await trySubject({ hasEngine: true, hasPeer: true, deadlineMs: 3000 });
    const found: Record<string, string[]> = {};
    const skipped: string[] = [];
    for (const one of CASES) {
      const t = performance.now();
      const result = await tryCase(one, subject, HOW);
      console.log(one.id, Math.round(performance.now() - t), result.observations.join(" | "), result.skipped ?? "", broken(result));
      if (result.skipped !== undefined) skipped.push(one.id);
      else if (broken(result).length > 0) found[one.id] = broken(result);
    }
    expect(found).toEqual({});
    expect(skipped).toEqual(["X12", "E01"]);
  }, 120_000);
});
