import { describe, expect, test } from "vitest";
import { standIns } from "../../../../test/fixtures/known-bads/stand-ins.ts";
import { casesInMemory } from "../../../../test/fixtures/known-bads/in-memory.ts";
import { broken, type CaseTry, hurriedClock, tryCase } from "../../../../test/fixtures/volume-lab.ts";
import { mutants } from "../subjects/reference/mutants/index.ts";
import { volumeCases } from "./index.ts";

const QUICK: CaseTry = { scale: { patienceMs: 10_000 }, deadlineMs: 800, clock: hurriedClock() };

/** Cases that nothing here fails, with the reason why nothing can. */
const NEVER_SEEN_TO_FAIL: Readonly<Record<string, string>> = {};

function caseNamed(id: string) {
  const found = volumeCases.find((one) => one.id === id);
  if (!found) throw new Error(`there is no case ${id}`);
  return found;
}

describe.each(casesInMemory)("$id", ({ id, right, wrong }) => {
  test("holds for what is right", async () => {
    for (const start of right) {
      const result = await tryCase(caseNamed(id), await start(), QUICK);
      expect(broken(result)).toEqual([]);
      expect(result.skipped).toBeUndefined();
      expect(result.checks).not.toEqual([]);
    }
  });

  test.each(wrong)("finds a driver that $defect", async ({ complaint, start }) => {
    const found = broken(await tryCase(caseNamed(id), await start(), QUICK));
    expect(found).toContainEqual(expect.stringContaining(complaint));
  });
});

describe("the cases", () => {
  test("have each been seen to fail", () => {
    const seen = [
      ...mutants.flatMap(({ meant, throughEngine = [] }) => [...meant, ...throughEngine]),
      ...casesInMemory.filter(({ wrong }) => wrong.length > 0).map(({ id }) => id),
      ...standIns.flatMap(({ meant }) => meant),
    ];
    const unseen = volumeCases.filter(({ id }) => !seen.includes(id)).map(({ id }) => id);
    expect(unseen).toEqual(Object.keys(NEVER_SEEN_TO_FAIL));
    expect(seen.filter((id) => !volumeCases.some((one) => one.id === id))).toEqual([]);
  });
});
