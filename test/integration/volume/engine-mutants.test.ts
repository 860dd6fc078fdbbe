import { expect, test } from "vitest";
import type { VolumeCase } from "../../../src/trials/volume/cases/case.ts";
import { volumeCases } from "../../../src/trials/volume/cases/index.ts";
import { broken, type CaseTry, tryCase, trySubject } from "../../fixtures/volume-lab.ts";
import { requires } from "../../requires.ts";

const HOW: CaseTry = { deadlineMs: 3000, scale: { engineRounds: 1 } };

function caseNamed(id: string): VolumeCase {
  const found = volumeCases.find((one) => one.id === id);
  if (!found) throw new Error(`there is no case ${id}`);
  return found;
}

/** Defects, and the cases that see them through an engine. */
const CAUGHT: readonly (readonly [defect: string, cases: readonly string[]])[] = [
  ["no-count", ["E11"]],
  ["set-of-ids", ["E11"]],
  ["same-id-refused", ["E11"]],
  ["no-epochs", ["X09", "X10"]],
  ["mounts-the-disk", ["D01"]],
  ["one-directory-for-all", ["E10", "D07"]],
  ["path-empty", ["E03"]],
  ["path-relative", ["E06", "E07", "E08"]],
  ["never-unmounts", ["E04"]],
  ["keeps-data", ["E05"]],
  ["created-at-empty", ["E02", "E13"]],
  ["outage-is-error", ["X11"]],
  ["volumes-in-memory", ["E09"]],
];

requires("engine", "embedded")("the cases with an engine", () => {
  test.concurrent.each(CAUGHT)(
    "find %s",
    async (defect, ids) => {
      const cases = ids.map(caseNamed);
      const hasPeer = cases.some(({ needs }) => needs.includes("peer"));
      await using subject = await trySubject({ defect, hasEngine: true, hasPeer, deadlineMs: 3000 });
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
