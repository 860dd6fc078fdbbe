import { describe, expect, test } from "vitest";
import { CrashSearch, type CrashState } from "../../../../test/fixtures/journal/crash-search.ts";
import { SABOTAGES } from "../../../../test/fixtures/journal/sabotage.ts";
import { anyScript, MAIN_STEPS, scripts, STEPS } from "../../../../test/fixtures/journal/scripts.ts";
import { createRandom } from "../../../core/random.ts";

/** So small that the third cycle wraps and needs a checkpoint. */
const RING_SECTORS = 5;

describe("no crash loses or invents what was synced", () => {
  const short = new CrashSearch({ ringSectors: RING_SECTORS, blocks: 4 });
  const nested = new CrashSearch({ ringSectors: RING_SECTORS, blocks: 2 });
  const searches = [short, nested];

  test("in any state of up to three cycles, whatever goes wrong in each", () => {
    for (const length of [0, 1, 2, 3]) for (const script of scripts(STEPS, length)) short.run(short.start(), script);
    expect(short.violations).toEqual([]);
  });

  test("in any state of four cycles of the main kinds", () => {
    for (const script of scripts(MAIN_STEPS, 4)) short.run(short.start(), script);
    expect(short.violations).toEqual([]);
  });

  test("in any state after a crash in any state", () => {
    const crashed: CrashState[] = [];
    for (const length of [0, 1, 2])
      for (const script of scripts(MAIN_STEPS, length))
        nested.run(nested.start(), script, (state) => crashed.push(state));
    for (const state of crashed) for (const script of scripts(MAIN_STEPS, 1)) nested.run(state, script);
    expect(nested.violations).toEqual([]);
  });

  test.each([4, 5, 7, 16])("in long lives with many crashes, sampled, in a ring of %i sectors", (ringSectors) => {
    const random = createRandom(`journal ${ringSectors}`);
    const below = (limit: number) => random.below(limit);
    const search = new CrashSearch({ ringSectors, blocks: 6, maxStatesPerPoint: 24, below });
    for (let life = 0; life < 12; life++) {
      let crashed = search.start();
      for (let crash = 0; crash < 4; crash++) search.run(crashed, anyScript(random), (state) => (crashed = state));
    }
    expect(search.violations).toEqual([]);
    searches.push(search);
  });

  test("and those were more than a hundred thousand different states", () => {
    const counts = searches.map(({ stateCount }) => stateCount);
    expect(Math.min(...counts)).toBeGreaterThan(1000);
    expect(counts.reduce((sum, count) => sum + count)).toBeGreaterThan(100_000);
  });
});

describe("the same search gives a protocol away that is not sound", () => {
  test.each(SABOTAGES)("%s", (_name, sabotage, givenAwayBy) => {
    const search = new CrashSearch({ ringSectors: RING_SECTORS, blocks: 2, sabotage });
    for (const length of [1, 2, 3])
      for (const script of scripts(STEPS, length)) {
        search.run(search.start(), script);
        if (search.violations.some((violation) => violation.includes(givenAwayBy))) return;
      }
    expect.fail(`${search.stateCount} states, and nothing but ${JSON.stringify(search.violations)}`);
  });
});
