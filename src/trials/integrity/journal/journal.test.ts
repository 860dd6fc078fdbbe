import * as fc from "fast-check";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/fixtures/folders.ts";
import { inMemory } from "../../../../test/fixtures/journal/in-memory.ts";
import { SeatrialError } from "../../../core/errors.ts";
import { createJournalFile, openJournalFile } from "./file-storage.ts";
import { blankJournal, type Journal, openJournal, readJournal } from "./journal.ts";
import { RING_OFFSET } from "./layout.ts";
import { currentOwner } from "./lock.ts";
import type { JournalState } from "./records.ts";
import { allowedStretches } from "./state.ts";

const SUBJECT = { runId: "ab".repeat(16), geometry: { sizeBytes: 65_536, blockBytes: 4096 } };
const OWNER = currentOwner(process.pid);

function held(generation: number, payload: string) {
  return { oldest: generation, newest: generation, payload };
}

function journalIn(folder: string, sizeBytes?: number): string {
  const file = path.join(folder, "journal");
  createJournalFile(file, SUBJECT, sizeBytes);
  return file;
}

describe("a journal on a file", () => {
  test("tells the next writer what the last one left", () => {
    const file = journalIn(temporaryFolder());
    const first = openJournalFile(file);
    const { journal } = openJournal(first, OWNER);
    expect(journal.intent([[0, 65_536]], "0xa")).toBe(1);
    journal.synced(1);
    expect(journal.intent([[4096, 8192]], "0xb")).toBe(2);
    first.closeFile();

    const { found, journal: second } = openJournal(openJournalFile(file), OWNER);
    expect(second.state).toMatchObject({ epoch: 2, generation: 2, mustVerify: true });
    expect(allowedStretches(found)).toEqual([
      { from: 0, to: 4096, contents: [held(1, "0xa")] },
      {
        from: 4096,
        to: 8192,
        contents: [held(1, "0xa"), held(2, "0xb")],
      },
      { from: 8192, to: 65_536, contents: [held(1, "0xa")] },
    ]);
    expect(() => second.intent([[0, 4096]], "")).toThrow("before what is there was verified");
    second.verified({ blocks: 16, damagedBlocks: 0 });
    expect(second.intent([[0, 65_536]], "0xc")).toBe(3);
  });

  test("goes round its ring as often as it likes", () => {
    const file = journalIn(temporaryFolder(), RING_OFFSET + 5 * 512);
    const storage = openJournalFile(file);
    const { journal } = openJournal(storage, OWNER);
    for (let i = 1; i <= 40; i++) {
      journal.synced(journal.intent([[0, 65_536]], `0x${i}`));
      expect(readJournal(storage).state).toEqual(journal.state);
    }
    journal.close();
    expect(readJournal(storage).state).toMatchObject({ generation: 40, epoch: 1, closed: true, open: [] });
  });

  test("is there as a whole or not at all", () => {
    const file = journalIn(temporaryFolder());
    expect(fs.readdirSync(path.dirname(file))).toEqual(["journal"]);
    expect(() => createJournalFile(file, SUBJECT)).toThrow("is there already");
    fs.renameSync(file, `${file}.new`);
    expect(() => openJournalFile(file)).toThrow("ENOENT");
    createJournalFile(file, SUBJECT);
    expect(fs.readdirSync(path.dirname(file))).toEqual(["journal"]);
  });

  test("stays as small as it is, however often its writer dies", () => {
    const storage = inMemory(blankJournal(SUBJECT, RING_OFFSET + 64 * 512));
    for (let life = 0; life < 300; life++) {
      const { journal } = openJournal(storage, OWNER);
      if (journal.state.mustVerify) journal.verified({ blocks: 16, damagedBlocks: 0 });
      journal.intent([[0, 65_536]], `0x${life % 3}`);
    }
    const { open } = openJournal(storage, OWNER).journal.state;
    expect(open.map(({ since, generation }) => [since, generation])).toEqual([
      [1, 298],
      [2, 299],
      [3, 300],
    ]);
  });
});

describe("what a sync covers", () => {
  function opened() {
    const { journal } = openJournal(openJournalFile(journalIn(temporaryFolder())), OWNER);
    return journal;
  }

  test("all that was announced up to a generation", () => {
    const journal = opened();
    for (const at of [0, 4096, 8192]) journal.intent([[at, at + 4096]], "");
    journal.synced(2);
    expect(journal.state.open.map(({ generation }) => generation)).toEqual([3]);
  });

  test("nothing that an error or another writer came after", () => {
    const journal = opened();
    journal.intent([[0, 4096]], "");
    journal.error({ call: "sync", systemCode: "EIO", extents: [[0, 4096]] });
    expect(() => journal.synced(1)).toThrow("no write that could be synced");
    journal.synced(journal.intent([[4096, 8192]], ""));
    expect(journal.state.open.map(({ generation }) => generation)).toEqual([1]);
    journal.synced(journal.intent([[0, 65_536]], ""));
    expect(journal.state).toMatchObject({ open: [], durable: [{ from: 0, to: 65_536, generation: 3 }] });
  });

  test("and what it covers is no longer allowed to be anything older", () => {
    const journal = opened();
    journal.intent([[0, 65_536]], "lost");
    journal.error({ call: "sync", systemCode: "EIO", extents: [] });
    journal.synced(journal.intent([[0, 4096]], "kept"));
    expect(allowedStretches(journal.state)).toEqual([
      { from: 0, to: 4096, contents: [held(2, "kept")] },
      { from: 4096, to: 65_536, contents: [held(0, ""), held(1, "lost")] },
    ]);
  });

  test("stretches that are no blocks, or lie beyond the end, are a defect", () => {
    const journal = opened();
    expect(() => journal.intent([[0, 100]], "")).toThrow(RangeError);
    expect(() => journal.intent([[0, 65_536 + 4096]], "")).toThrow("beyond the end");
    expect(() => journal.intent([], "")).toThrow("expected array to have >=1 items");
    expect(journal.state.generation).toBe(0);
  });
});

describe("any order of calls", () => {
  const BLOCK_BYTES = 512;
  const call = fc.oneof(
    fc.record({
      kind: fc.constant("intent" as const),
      extents: fc.array(fc.tuple(fc.nat(126), fc.integer({ min: 1, max: 127 })), { minLength: 1, maxLength: 12 }),
      payload: fc.string({ unit: fc.constantFrom("0", "x", " "), maxLength: 512 }),
    }),
    fc.record({ kind: fc.constantFrom("synced" as const, "error" as const) }),
  );
  type Call = typeof call extends fc.Arbitrary<infer One> ? One : never;

  /** The code of a refusal; undefined when it was done. */
  function perform(journal: Journal, one: Call): string | undefined {
    try {
      if (one.kind === "intent")
        journal.intent(
          one.extents.map(([a, b]) => [Math.min(a, b - 1) * BLOCK_BYTES, b * BLOCK_BYTES]),
          one.payload,
        );
      else if (one.kind === "error") journal.error({ call: "sync", systemCode: "EIO", extents: [] });
      else if (journal.state.open.at(-1)?.doomed === false) journal.synced(journal.state.generation);
      return undefined;
    } catch (error) {
      if (error instanceof SeatrialError) return error.code;
      throw error;
    }
  }

  test("is told to the next writer as it was, or refused as too much to keep", () => {
    const subject = { ...SUBJECT, geometry: { sizeBytes: 128 * BLOCK_BYTES, blockBytes: BLOCK_BYTES } };
    let refusals = 0;
    fc.assert(
      fc.property(fc.array(fc.array(call, { maxLength: 30 }), { maxLength: 4 }), (lives) => {
        const storage = inMemory(blankJournal(subject, RING_OFFSET + 8 * 512));
        let last: JournalState | undefined;
        for (const calls of lives) {
          const { found, journal } = openJournal(storage, OWNER);
          expect(last ?? found).toEqual(found);
          if (journal.state.mustVerify) journal.verified({ blocks: 128, damagedBlocks: 0 });
          const codes = calls.map((one) => perform(journal, one)).filter((code) => code !== undefined);
          expect(new Set([...codes, "INTEGRITY_JOURNAL_FULL"]).size).toBe(1);
          refusals += codes.length;
          last = journal.state;
          expect(readJournal(storage).state).toEqual(last);
        }
      }),
      { numRuns: 60 },
    );
    expect(refusals).toBeGreaterThan(0);
  });
});
