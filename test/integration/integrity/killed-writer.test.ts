import { expect, test } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import type { VerifyResult } from "../../../src/trials/integrity/model.ts";
import { EVERY_KIND, StorageParty, temporaryDirectory, workloadOf } from "./storage-party.ts";

const KILLS = 20;

test.each([
  ["past the page cache", true],
  ["through the page cache", false],
])("a writer killed 20 times loses nothing that was promised, %s", async (_, direct) => {
  using place = temporaryDirectory();
  await using party = new StorageParty({ ...place, workload: workloadOf(EVERY_KIND, { workers: 3 }), direct });
  const random = createRandom("killed writer");
  await party.prepare();
  const settlings: VerifyResult[] = [];
  for (let kill = 0; kill < KILLS; kill++) {
    const killed = party.session(100_000, 40).catch((error: unknown) => (error as Error).name);
    await party.promisedSteps(1 + random.below(150));
    await party.kill();
    expect(await killed).toBe("AgentGone");
    const settling = await party.verify(direct ? "direct" : "buffered", true);
    expect(settling.damages).toEqual([]);
    // What was cut in the middle is neither generation, and stays open until it is written again.
    const cutSlots = settling.uncertainSlots - (settling.settled?.length ?? 0);
    const later = await party.verify(direct ? "buffered" : "direct");
    expect(later).toMatchObject({ damageCount: 0, uncertainSlots: cutSlots });
    settlings.push(settling);
  }
  const sum = (of: (settling: VerifyResult) => number) => settlings.reduce((total, one) => total + of(one), 0);
  // Else nothing was in flight, and the test says nothing.
  expect(sum(({ uncertainSlots }) => uncertainSlots)).toBeGreaterThan(KILLS);
  expect(sum(({ settled }) => settled?.length ?? 0)).toBeGreaterThan(KILLS);
});
