import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { buildSync } from "esbuild";
import { expect, test } from "vitest";
import { createRandom } from "../../../src/core/random.ts";
import { openJournalFile } from "../../../src/trials/integrity/journal/file-storage.ts";
import { readJournal } from "../../../src/trials/integrity/journal/journal.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { blocksNotAllowed, stamped } from "./journal-data.ts";

const BLOWS = Number(process.env["SEATRIAL_BLOWS"] ?? 20);
const random = createRandom(process.env["SEATRIAL_BLOWS_SEED"] ?? "journal-kill");

/** What one writer said before it ended. */
interface Life {
  epoch: number | undefined;
  /** Blocks that its verification found damaged; undefined when it did not come so far. */
  damagedBlocks: number[] | undefined;
  synced: number[];
  wasKilled: boolean;
}

/** Starts a writer and kills it `delayMs` after it has said that, or after its start. */
async function live(bundle: string, files: string[], blow: { after: string; delayMs: number }): Promise<Life> {
  const writer = spawn(process.execPath, [bundle, ...files], { stdio: ["ignore", "pipe", "inherit"] });
  const closed = once(writer, "close");
  let said = "";
  let begin = () => {};
  const due = new Promise<void>((resolve) => (begin = resolve));
  writer.stdout.on("data", (text: Buffer) => {
    said += text.toString();
    if (said.includes(blow.after)) begin();
  });
  if (blow.after === "") begin();
  await Promise.race([closed, due.then(() => wait(blow.delayMs))]);
  writer.kill("SIGKILL");
  const [, signal] = (await closed) as [number | null, string | null];
  const lines = said.slice(0, said.lastIndexOf("\n") + 1);
  const damaged = /^verified (.*)$/m.exec(lines)?.[1];
  const epoch = /^open (\d+)$/m.exec(lines)?.[1];
  return {
    epoch: epoch === undefined ? undefined : Number(epoch),
    damagedBlocks: damaged?.split(",").filter(Boolean).map(Number),
    synced: (lines.match(/(?<=^synced )\d+$/gm) ?? []).map(Number),
    wasKilled: signal === "SIGKILL",
  };
}

/** Puts one block back to a generation that was overwritten long ago, and says which. */
function loseWrite(data: string): { block: number; undo: () => void } {
  const block = random.below(256);
  const good = fs.readFileSync(data).subarray(block * 4096, (block + 1) * 4096);
  const write = (bytes: Buffer) => {
    const descriptor = fs.openSync(data, "r+");
    fs.writeSync(descriptor, bytes, 0, 4096, block * 4096);
    fs.closeSync(descriptor);
  };
  write(stamped(1, block * 4096, 4096));
  return { block, undo: () => write(good) };
}

test(
  `a writer killed ${BLOWS} times at any moment is recovered with the right verdict`,
  async () => {
    const folder = temporaryFolder();
    const bundle = path.join(folder, "writer.mjs");
    const entryPoints = ["test/integration/integrity/journal-process.ts"];
    buildSync({ entryPoints, outfile: bundle, bundle: true, platform: "node", format: "esm", logLevel: "warning" });
    const files = ["journal", "data"].map((name) => path.join(folder, name));
    const [journal = "", data = ""] = files;

    let lastEpoch = 0;
    /** Every third write is of the second half alone. */
    const promised = { firstHalf: 0, secondHalf: 0 };
    let kills = 0;
    let openAtKill = 0;
    for (let blow = 0; blow < BLOWS; blow++) {
      const after = ["", "open ", "synced "][random.below(3)] as string;
      const life = await live(bundle, files, { after, delayMs: random.below(after === "" ? 150 : 40) });
      kills += life.wasKilled ? 1 : 0;
      expect(life.damagedBlocks ?? []).toEqual([]);
      expect(life.epoch ?? Number.POSITIVE_INFINITY).toBeGreaterThan(lastEpoch);
      lastEpoch = life.epoch ?? lastEpoch;
      promised.firstHalf = Math.max(promised.firstHalf, ...life.synced.filter((generation) => generation % 3 !== 0));
      promised.secondHalf = Math.max(promised.secondHalf, ...life.synced);
      if (!fs.existsSync(data)) continue;

      const storage = openJournalFile(journal);
      const { state } = readJournal(storage);
      storage.closeFile();
      openAtKill += state.open.length > 0 ? 1 : 0;
      expect(state.durable[0]?.generation).toBeGreaterThanOrEqual(promised.firstHalf);
      expect(state.durable.at(-1)?.generation).toBeGreaterThanOrEqual(promised.secondHalf);
      expect(blocksNotAllowed(state, fs.readFileSync(data))).toEqual([]);

      if (blow % 5 !== 4 || promised.firstHalf < 3) continue;
      const lost = loseWrite(data);
      const told = await live(bundle, files, { after: "synced ", delayMs: 10_000 });
      expect(told).toMatchObject({ damagedBlocks: [lost.block], wasKilled: false });
      lastEpoch = told.epoch ?? lastEpoch;
      lost.undo();
    }
    expect(kills).toBe(BLOWS);
    expect(openAtKill).toBeGreaterThan(BLOWS / 10);
  },
  60_000 + BLOWS * 2000,
);
