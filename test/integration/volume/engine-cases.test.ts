import { expect, test } from "vitest";
import { volumeCases } from "../../../src/trials/volume/cases/index.ts";
import { broken, type CaseTry, tryCase, trySubject } from "../../fixtures/volume-lab.ts";
import { requires } from "../../requires.ts";

const HOW: CaseTry = { deadlineMs: 3000, scale: { engineRounds: 1 } };
/** D05 looks further where there is one. */
const CASES = volumeCases.filter(({ id, needs }) => needs.includes("engine") || id === "D05");

requires("engine", "embedded")("the cases with an engine", () => {
  test("pass on the reference driver", async () => {
    await using subject = await trySubject({ hasEngine: true, hasPeer: true, deadlineMs: 3000 });
    const found: Record<string, string[]> = {};
    const skipped: string[] = [];
    for (const one of CASES) {
      const result = await tryCase(one, subject, HOW);
      const afterwards = result.observations.filter((line) => line.startsWith("afterwards"));
      if (result.skipped !== undefined) skipped.push(one.id);
      else if (broken(result).length + afterwards.length > 0) found[one.id] = [...broken(result), ...afterwards];
    }
    expect(found).toEqual({});
    // For managed drivers.
    expect(skipped).toEqual(["X12", "E01"]);
  }, 120_000);
});
