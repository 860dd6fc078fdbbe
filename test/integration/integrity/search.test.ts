import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { runCli } from "../../../src/cli/cli.ts";
import type { CrashDocument, SearchDocument } from "../../../src/cli/integrity-search/document.ts";
import { CrashLab } from "../../../src/cli/integrity-search/crash-lab.ts";
import { openRecordedRun } from "../../../src/cli/integrity-search/recorded-run.ts";
import { createSystemClock } from "../../../src/core/clock.ts";
import { CrashImages } from "../../../src/disk/crash-images.ts";
import { DiskLog } from "../../../src/disk/log.ts";
import { FRAME_BYTES, packFrame } from "../../../src/disk/log-format.ts";
import { replayLog } from "../../../src/disk/replay.ts";
import { createEmbeddedRuntime } from "../../../src/runtimes/embedded/index.ts";
import { currentOwner } from "../../../src/store/owner.ts";
import { promisedAt } from "../../../src/trials/integrity/search/search.ts";
import { fakeSurroundings } from "../../fixtures/command-line.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { planned, tryIntegrity } from "../../fixtures/integrity-lab.ts";
import { builtAgent, builtDisk } from "../agent-bundle.ts";
import { requires } from "../../requires.ts";

// SEATRIAL_STATES asks for more crash states of each file system than a test run has time for.
const STATES = Number(process.env["SEATRIAL_STATES"] ?? 30);
const MOST_MS = 120_000 + STATES * 6000;

const SMALL = { workload: "mixed", files: 16, workers: 2, syncEvery: 4, secondReader: false, durationMs: 600 };

interface Recorded {
  folder: string;
  logFile: string;
  search(...words: string[]): Promise<{ exit: number; stdout: string; stderr: string }>;
  /** Searches until it is seen at work; then comes an interrupt. */
  interrupted(): Promise<{ exit: number; stderr: string; left: string[] }>;
}

/** A run whose disk kept a log, and the command that searches it. */
async function record(disk: Record<string, unknown>, options: Record<string, unknown> = {}): Promise<Recorded> {
  const place = temporaryFolder();
  const { run } = await tryIntegrity({ ...SMALL, ...options, disk: { record: true, ...disk } }, place);
  const stateDir = path.join(place, "state");
  const env = { SEATRIAL_STATE_DIR: stateDir, PATH: process.env["PATH"] ?? "" };
  const called = (...words: string[]) => fakeSurroundings(["integrity", "search", run.folder, ...words], { env });
  const search = async (...words: string[]) => {
    const surroundings = called("--quiet", ...words);
    const exit = await runCli(surroundings);
    return { exit, ...surroundings.written };
  };
  const interrupted = async () => {
    const surroundings = called();
    const ended = runCli(surroundings);
    await expect.poll(() => surroundings.written.stderr).toContain("search: 0 of");
    surroundings.send("SIGINT");
    const exit = await ended;
    return { exit, stderr: surroundings.written.stderr, left: fs.readdirSync(path.join(stateDir, "ledger")) };
  };
  const logFile = path.join(run.folder, "integrity/artifacts/disk.log");
  return { folder: run.folder, logFile, search, interrupted };
}

const documentOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout) as SearchDocument;
function violationOf({ violation }: SearchDocument): NonNullable<SearchDocument["violation"]> {
  if (violation) return violation;
  throw new Error("no promise was broken");
}
const crashOf = ({ stdout }: { stdout: string }) => (JSON.parse(stdout) as { crash: CrashDocument }).crash;

requires("embedded", "disk")("a search over crash points", () => {
  test.each(["ext4", "xfs"])(
    "finds nothing on an honest disk with %s",
    async (fileSystem) => {
      const { folder, search } = await record({ fileSystem });
      const ended = await search("--points", String(STATES), "--json");
      expect(ended).toMatchObject({ exit: 0, stderr: "" });
      const document = documentOf(ended);
      expect(document).toMatchObject({ states: { chosen: STATES, tried: STATES }, violation: null });
      expect(document.log.flushes).toBeGreaterThan(10);
      const stored = fs.readFileSync(path.join(folder, "integrity/artifacts/search.json"), "utf8");
      expect(JSON.parse(stored)).toEqual(document);
    },
    MOST_MS,
  );

  test(
    "finds what a file system without barriers loses, small, and the same again",
    async () => {
      const disk = { fileSystem: "ext4", sizeBytes: 64 * 2 ** 20, mountOptions: ["barrier=0"] };
      const { folder, logFile, search } = await record(disk);
      const image = path.join(folder, "image");
      const found = documentOf(await search("--points", "20", "--json", "--keep-image", image));
      expect(found).toEqual(documentOf(await search("--points", "20", "--json")));
      const { first, smallest } = violationOf(found);
      expect(smallest.lostWrites).toBeGreaterThan(0);
      expect(smallest.lostWrites).toBeLessThanOrEqual(5);
      expect(smallest.entries).toBeLessThanOrEqual(first.entries);

      const again = ["--replay-to", String(smallest.entries), "--survivors", smallest.survivors];
      const repeated = await search(...again, "--json");
      expect(repeated.exit).toBe(1);
      expect(crashOf(repeated)).toEqual(smallest);
      const inWords = await search(...again);
      expect(inWords.stdout).toContain(
        `A crash after entry ${smallest.entries} of ${found.log.entries} breaks a promise.`,
      );
      const all = await search("--replay-to", String(smallest.entries), "--survivors", "all", "--json");
      expect(all.exit).toBe(0);
      expect(crashOf(all)).toMatchObject({ lost: [], violation: null });

      const lost = new Set(smallest.lost.map(({ entry }) => entry));
      const { volatile } = await replayLog(logFile, `${image}.none`, { entries: smallest.entries });
      const survivors = new Set(volatile.filter((entry) => !lost.has(entry)));
      await replayLog(logFile, `${image}.replayed`, { entries: smallest.entries, survivors });
      expect(fs.readFileSync(image).equals(fs.readFileSync(`${image}.replayed`))).toBe(true);
    },
    MOST_MS,
  );

  test(
    "finds what a flush that was swallowed can lose",
    async () => {
      const faults = [planned("lying-flush", {}, [100, 600])];
      const { search } = await record({ fileSystem: "ext4" }, { workload: "random", durationMs: 800, faults });
      const ended = await search("--points", "40", "--json");
      expect(ended.exit).toBe(1);
      const { smallest } = violationOf(documentOf(ended));
      expect(smallest.lostWrites).toBeLessThanOrEqual(5);
      expect(smallest.promised.promisedSteps).toBeGreaterThan(0);
      expect(smallest.violation).toMatchObject({ kind: "damage" });
    },
    MOST_MS,
  );

  test(
    "ends when it is interrupted, tells a file system that cannot be mounted any more, and goes on after it",
    async () => {
      const { folder, logFile, search, interrupted } = await record({ fileSystem: "ext4" });
      const ended = await interrupted();
      expect(ended).toMatchObject({ exit: 130, left: [] });
      expect(ended.stderr).toMatch(/Interrupted by SIGINT\.\n$/);
      const { log } = documentOf(await search("--points", "1", "--json"));
      await addDamage(logFile);
      const last = log.entries + 1;
      const tried = await search("--replay-to", String(last), "--json");
      expect(tried.exit).toBe(1);
      expect(crashOf(tried).violation).toMatchObject({ kind: "unmountable", detail: expect.stringContaining("mount") });
      expect(await triedInTurn(folder, [last, log.entries, last, log.entries])).toEqual([
        "unmountable",
        "kept",
        "unmountable",
        "kept",
      ]);
      const outside = await search("--replay-to", String(last + 1));
      expect(outside).toMatchObject({ exit: 2, stdout: "" });
      expect(outside.stderr).toContain("SEARCH_POINT");
    },
    MOST_MS,
  );
});

/** What one bench says of crashes after so many entries, with nothing volatile left. */
async function triedInTurn(folder: string, crashes: readonly number[]): Promise<string[]> {
  const place = temporaryFolder();
  const { steps, disk, logFile, promises } = openRecordedRun(folder, "");
  using images = await CrashImages.open(logFile, path.join(place, "durable"));
  const stateDir = path.join(place, "state");
  const settings = { agent: builtAgent(), diskScriptPath: builtDisk(), env: process.env, stateDir };
  await using lab = new CrashLab({
    runtime: createEmbeddedRuntime(settings),
    images,
    disk,
    imageFile: path.join(place, "image"),
    directory: steps.directory,
    owner: currentOwner("crash-lab", process.pid),
    clock: createSystemClock(),
    signal: new AbortController().signal,
  });
  const { moments } = images;
  const answers: string[] = [];
  for (const entries of crashes) {
    const tried = await lab.try({ entries, survivors: [] }, promisedAt({ moments, promises }, entries));
    answers.push(tried.violation?.kind ?? "kept");
  }
  return answers;
}

/** One more entry: the super block is gone. */
async function addDamage(logFile: string): Promise<void> {
  await using log = await DiskLog.open(logFile);
  let timeNs = 0;
  for await (const entry of log.entries()) ({ timeNs } = entry);
  const bytes = Buffer.alloc(4096);
  const frame = packFrame({ kind: "damage", offset: 0, bytes }, timeNs + 1);
  expect(frame).toHaveLength(FRAME_BYTES);
  fs.appendFileSync(logFile, Buffer.concat([frame, bytes]));
}
