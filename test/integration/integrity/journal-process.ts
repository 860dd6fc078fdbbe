// Run by journal-kill.test.ts in a process of its own: writes a data file over and over by the journal's protocol, and
// says each thing once it is durable.
import fs from "node:fs";
import { createJournalFile, openJournalFile } from "../../../src/trials/integrity/journal/file-storage.ts";
import { openJournal } from "../../../src/trials/integrity/journal/journal.ts";
import { RING_OFFSET } from "../../../src/trials/integrity/journal/layout.ts";
import { acquireLock } from "../../../src/trials/integrity/journal/lock.ts";
import { blocksNotAllowed, DATA_BYTES, stamped } from "./journal-data.ts";

const [journalPath = "", dataPath = ""] = process.argv.slice(2);
const CHUNK_BYTES = 65_536;
const say = (line: string) => fs.writeSync(1, `${line}\n`);

const lock = acquireLock(journalPath, process.pid);
if (!fs.existsSync(journalPath)) {
  const subject = { runId: "5e".repeat(16), geometry: { sizeBytes: DATA_BYTES, blockBytes: 4096 } };
  // A ring of 20 frames: some kills fall into the writing of a checkpoint.
  createJournalFile(journalPath, subject, RING_OFFSET + 20 * 512);
}
const { found, journal } = openJournal(openJournalFile(journalPath), lock.owner);
say(`open ${journal.state.epoch}`);
if (!fs.existsSync(dataPath)) fs.writeFileSync(dataPath, Buffer.alloc(DATA_BYTES));
const data = fs.openSync(dataPath, "r+");

const damagedBlocks = blocksNotAllowed(found, fs.readFileSync(dataPath));
journal.verified({ blocks: DATA_BYTES / 4096, damagedBlocks: damagedBlocks.length });
say(`verified ${damagedBlocks.join()}`);
if (damagedBlocks.length > 0) {
  journal.close();
  lock.release();
  process.exit(0);
}

for (;;) {
  // Every third write is of one half only, so that stretches of different generations come about.
  const from = journal.state.generation % 3 === 2 ? DATA_BYTES / 2 : 0;
  const generation = journal.intent([[from, DATA_BYTES]], "stamps");
  for (let at = from; at < DATA_BYTES; at += CHUNK_BYTES)
    fs.writeSync(data, stamped(generation, at, CHUNK_BYTES), 0, CHUNK_BYTES, at);
  fs.fdatasyncSync(data);
  journal.synced(generation);
  say(`synced ${generation}`);
}
