import { cpSync, rmSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Region } from "../../../src/trials/integrity/model.ts";
import { damageFiles, type FileDamage } from "../../../src/trials/integrity/subjects/damage.ts";
import { EVERY_KIND, StorageParty, temporaryDirectory, workloadOf } from "./storage-party.ts";

const [IN_PLACE, APPEND, FILES, REPLACE] = EVERY_KIND as [Region, Region, Region, Region];

/** What is done to which region. */
const DAMAGES: readonly [what: string, region: Region, damage: FileDamage][] = [
  ["one bit of the payload", IN_PLACE, { how: "flip", block: 10, bits: [16_003] }],
  ["three bits, one of them in the head", APPEND, { how: "flip", block: 10, bits: [200, 9000, 32_000] }],
  ["zeros over three blocks", IN_PLACE, { how: "zero", block: 10, blocks: 3 }],
  ["zeros in a small file", REPLACE, { how: "zero", block: 4, blocks: 1 }],
  ["random bytes", IN_PLACE, { how: "scramble", block: 63, blocks: 1 }],
  ["a spoilt head", IN_PLACE, { how: "spoil-head", block: 0, blocks: 1 }],
  ["blocks of another run", APPEND, { how: "foreign", block: 20, blocks: 4 }],
  ["a writer whose time was over", IN_PLACE, { how: "zombie", block: 30, blocks: 1 }],
  ["a writer that nobody sent", IN_PLACE, { how: "future", block: 30, blocks: 1 }],
  ["a write that was lost", IN_PLACE, { how: "lose", block: 30, blocks: 1 }],
  ["a rename that was lost", REPLACE, { how: "lose", block: 3, blocks: 3 }],
  ["a block torn in the middle", IN_PLACE, { how: "tear", block: 30, keptSectors: 4 }],
  ["a block torn behind its first sector", APPEND, { how: "tear", block: 31, keptSectors: 1 }],
  ["two blocks in each other's place", IN_PLACE, { how: "swap", block: 10, other: 50 }],
  ["two small files in each other's place", REPLACE, { how: "swap", block: 0, other: 6 }],
  ["a block at a second place", IN_PLACE, { how: "copy", block: 10, other: 50 }],
  ["a block that went elsewhere", IN_PLACE, { how: "misdirect", block: 10, other: 50 }],
  ["a file cut short", IN_PLACE, { how: "resize", sizeBytes: 50 * 4096 + 100 }],
  ["a log cut short", APPEND, { how: "resize", sizeBytes: 33 * 4096 }],
  ["a small file cut short", REPLACE, { how: "resize", slot: 5, sizeBytes: 4096 }],
  ["an empty small file", REPLACE, { how: "resize", slot: 5, sizeBytes: 0 }],
  ["a file with more than was written", IN_PLACE, { how: "resize", sizeBytes: 70 * 4096 }],
  ["a log with more than was written", APPEND, { how: "resize", sizeBytes: 81 * 4096 }],
  ["a small file with more than was written", REPLACE, { how: "resize", slot: 5, sizeBytes: 20_000 }],
  ["a file that is gone", IN_PLACE, { how: "remove" }],
  ["a directory that is gone", REPLACE, { how: "remove" }],
  ["a small file that is gone", REPLACE, { how: "remove", slot: 7 }],
  ["a file that is there again", FILES, { how: "resurrect", slot: 7 }],
  ["a whole file as it was before", IN_PLACE, { how: "age" }],
];

describe.each([
  ["past the page cache", true],
  ["through the page cache", false],
])("each damage is named, with its extent, read %s", (_, direct) => {
  const place = temporaryDirectory();
  const good = path.join(place.directory, "good");
  const bad = path.join(place.directory, "bad");
  const workload = workloadOf(EVERY_KIND, { sync: { call: "fdatasync", everySteps: 6 } });
  const party = new StorageParty({ directory: good, workload, direct });
  const readPath = direct ? "direct" : "buffered";

  beforeAll(async () => {
    await (await party.agent()).call("integrity.make-directory", { directory: good });
    await party.prepare();
    // At least two generations of every slot. Worker 1 has then written its small files 18 times: they are away.
    for (let session = 0; session < 2; session++) await party.session(162);
    party.options.directory = bad;
  });
  afterAll(async () => {
    await party[Symbol.asyncDispose]();
    place[Symbol.dispose]();
  });

  test.each(DAMAGES)("%s", async (_what, region, damage) => {
    cpSync(good, bad, { recursive: true });
    const expected = damageFiles({ directory: bad, promised: party.log.promised(), region }, damage);
    const { damages, damageCount, counts } = await party.verify(readPath);
    rmSync(bad, { recursive: true });
    expect(damages).toMatchObject(expected.map((one) => ({ ...one, again: { other: one.kind, same: one.kind } })));
    expect(damageCount).toBe(expected.length);
    expect(Object.values(counts).reduce((sum, blocks) => sum + blocks, 0)).toBe(
      expected.reduce((sum, { blocks }) => sum + blocks, 0),
    );
  });

  test("a copy that nothing was done to is clean", async () => {
    cpSync(good, bad, { recursive: true });
    const { damages } = await party.verify(readPath);
    rmSync(bad, { recursive: true });
    expect(damages).toEqual([]);
  });
});
