import { expect, test } from "vitest";
import type { VolumeCase } from "../../../src/trials/volume/cases/case.ts";
import { volumeCases } from "../../../src/trials/volume/cases/index.ts";
import type { Subject } from "../../../src/trials/volume/subject.ts";
import { mutants } from "../../../src/trials/volume/subjects/reference/mutants/index.ts";
import { standIns } from "../../fixtures/known-bads/stand-ins.ts";
import { broken, type CaseTry, tryCase, trySubject } from "../../fixtures/volume-lab.ts";
import { has, requires } from "../../requires.ts";

const DEADLINE_MS = 3000;
const HOW: CaseTry = { deadlineMs: DEADLINE_MS, scale: { engineRounds: 1 }, limitMs: 120_000 };
const LIMIT_MS = 240_000;

function casesNamed(ids: readonly string[]): VolumeCase[] {
  const found = volumeCases.filter(({ id }) => ids.includes(id));
  if (found.length < ids.length) throw new Error(`not all of ${ids.join()} are cases`);
  return found.filter(({ id }) => id !== "E15" || has("podman"));
}

async function withEngine(cases: readonly VolumeCase[], defect?: string): Promise<Subject> {
  const hasPeer = cases.some(({ needs }) => needs.includes("peer"));
  return trySubject({ ...(defect !== undefined && { defect }), hasEngine: true, hasPeer, deadlineMs: DEADLINE_MS });
}

/** The lines that do not hold, by case; those of a skipped case are its reason. */
async function linesOf(cases: readonly VolumeCase[], subject: Subject): Promise<Record<string, string[]>> {
  const lines: Record<string, string[]> = {};
  for (const one of cases) {
    const result = await tryCase(one, subject, HOW);
    expect(result.skipped, one.id).toBeUndefined();
    lines[one.id] = broken(result);
  }
  return lines;
}

requires("engine", "embedded")("the cases with an engine", () => {
  const seen = mutants.filter(({ throughEngine = [] }) => throughEngine.length > 0);

  test.concurrent.each(seen)(
    "find $id",
    async ({ id, throughEngine = [] }) => {
      const cases = casesNamed(throughEngine);
      await using subject = await withEngine(cases, id);
      const missed = Object.entries(await linesOf(cases, subject)).filter(([, lines]) => lines.length === 0);
      expect(missed).toEqual([]);
    },
    LIMIT_MS,
  );

  test.concurrent.each(standIns)(
    "find: $defect",
    async ({ meant, mutant, change }) => {
      const cases = casesNamed(meant);
      await using subject = await withEngine(cases, mutant);
      const missed = Object.entries(await linesOf(cases, change(subject))).filter(([, lines]) => lines.length === 0);
      expect(missed).toEqual([]);
    },
    LIMIT_MS,
  );

  test.concurrent.each(standIns.filter(({ mutant }) => mutant !== undefined))(
    "pass without $mutant, with the same in the place of the engine",
    async ({ meant, change }) => {
      const cases = casesNamed(meant);
      await using subject = await withEngine(cases);
      const wrong = Object.entries(await linesOf(cases, change(subject))).filter(([, lines]) => lines.length > 0);
      expect(wrong).toEqual([]);
    },
    LIMIT_MS,
  );
});
