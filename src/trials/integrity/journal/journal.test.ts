import path from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/fixtures/folders.ts";
import { createJournalFile, openJournalFile } from "./file-storage.ts";
import { openJournal, readJournal } from "./journal.ts";
import { RING_OFFSET } from "./layout.ts";
import { currentOwner } from "./lock.ts";
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
});
