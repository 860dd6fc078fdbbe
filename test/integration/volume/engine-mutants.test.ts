import { expect, test } from "vitest";
import type { VolumeCase } from "../../../src/trials/volume/cases/case.ts";
import { volumeCases } from "../../../src/trials/volume/cases/index.ts";
import { mutants } from "../../../src/trials/volume/subjects/reference/mutants/index.ts";
import { broken, type CaseTry, tryCase, trySubject } from "../../fixtures/volume-lab.ts";
import { has, requires } from "../../requires.ts";

const DEADLINE_MS = 3000;
const HOW: CaseTry = { deadlineMs: DEADLINE_MS, scale: { engineRounds: 1 } };

function caseNamed(id: string): VolumeCase {
  const found = volumeCases.find((one) => one.id === id);
  if (!found) throw new Error(`there is no case ${id}`);
  return found;
}

requires("engine", "embedded")("the cases with an engine", () => {
  const seen = mutants.filter(({ throughEngine = [] }) => throughEngine.length > 0);

  test.concurrent.each(seen)(
    "find $id",
    async ({ id, throughEngine = [] }) => {
      const cases = throughEngine.filter((one) => one !== "E15" || has("podman")).map(caseNamed);
      const hasPeer = cases.some(({ needs }) => needs.includes("peer"));
      await using subject = await trySubject({ defect: id, hasEngine: true, hasPeer, deadlineMs: DEADLINE_MS });
      const missed: string[] = [];
      for (const one of cases) {
        const result = await tryCase(one, subject, HOW);
        if (broken(result).length === 0) missed.push(one.id);
      }
      expect(missed).toEqual([]);
    },
    120_000,
  );
});
