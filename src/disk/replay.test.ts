import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { diskDamage, diskRule, PAGE_BYTES } from "../core/disk.ts";
import { CrashImages } from "./crash-images.ts";
import { DiskLog, type LogEntry, startLog } from "./log.ts";
import { LyingDisk } from "./lying-disk.ts";
import { createMemoryMedium } from "./memory-medium.ts";
import { replayLog, type ReplayPoint } from "./replay.ts";

const PAGES = 8;
const SIZE_BYTES = PAGES * PAGE_BYTES;
const ORIGIN_NS = 2n ** 60n + 1n;

let directory: string;
let file: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "disk-log-"));
  file = path.join(directory, "log");
});
afterEach(() => fs.rmSync(directory, { recursive: true }));

/** A disk with a log, and a clock that counts the entries. */
function loggedDisk(): LyingDisk {
  let nowNs = -5;
  const journal = startLog(file, { sizeBytes: SIZE_BYTES, originNs: ORIGIN_NS }, () => (nowNs += 5));
  return new LyingDisk(createMemoryMedium(SIZE_BYTES), journal);
}

async function entriesOf(): Promise<{ entries: LogEntry[]; tornBytes: number }> {
  await using log = await DiskLog.open(file);
  const entries: LogEntry[] = [];
  for await (const entry of log.entries()) entries.push(entry);
  return { entries, tornBytes: log.tornBytes };
}

async function replayed(point: ReplayPoint): Promise<Buffer> {
  const image = path.join(directory, "image");
  await replayLog(file, image, point);
  return fs.readFileSync(image);
}

type Step = { at: number; lengthBytes: number } | "flush" | "lie" | "cut";

const page = (letter: string) => Buffer.alloc(PAGE_BYTES, letter);
/** The first letter of each page; a dot for zeros. */
const letters = (image: Buffer) =>
  Array.from({ length: PAGES }, (_, i) => String.fromCharCode(image[i * PAGE_BYTES] || 46)).join("");

describe("a log", () => {
  test("tells all that happened, with times, and what arrived rather than what was asked for", async () => {
    const disk = loggedDisk();
    disk.write(512, Buffer.from("xyz"));
    disk.flush();
    disk.setRules([
      diskRule.parse({ on: "write", action: "drop", prefix: "61" }),
      diskRule.parse({ on: "flush", action: "lie", times: 1 }),
      diskRule.parse({ on: "flush", action: "error", times: 1 }),
    ]);
    disk.write(0, page("a"));
    disk.write(PAGE_BYTES, page("b"));
    disk.flush();
    expect(() => disk.flush()).toThrow("EIO");
    disk.cutPower();
    disk.powerOn();
    const { entries, tornBytes } = await entriesOf();
    expect(entries).toEqual([
      { index: 0, timeNs: 0, kind: "write", offset: 512, bytes: Buffer.from("xyz") },
      { index: 1, timeNs: 5, kind: "flush", outcome: "done" },
      { index: 2, timeNs: 10, kind: "write", offset: PAGE_BYTES, bytes: page("b") },
      { index: 3, timeNs: 15, kind: "flush", outcome: "lied" },
      { index: 4, timeNs: 20, kind: "flush", outcome: "refused" },
      { index: 5, timeNs: 25, kind: "cut" },
      { index: 6, timeNs: 30, kind: "power-on" },
    ]);
    expect(tornBytes).toBe(0);
    await using log = await DiskLog.open(file);
    expect([log.sizeBytes, log.originNs]).toEqual([SIZE_BYTES, ORIGIN_NS]);
  });

  test("of more than is read at once comes whole", async () => {
    const disk = loggedDisk();
    const count = 600;
    for (let i = 0; i < count; i++) disk.write((i % PAGES) * PAGE_BYTES, page(String.fromCharCode(97 + (i % 26))));
    const { entries } = await entriesOf();
    expect(entries).toHaveLength(count);
    for (const entry of entries) {
      const bytes = page(String.fromCharCode(97 + (entry.index % 26)));
      expect(entry).toMatchObject({ kind: "write", offset: (entry.index % PAGES) * PAGE_BYTES });
      expect("bytes" in entry && entry.bytes.equals(bytes)).toBe(true);
    }
  });

  test("an entry that was never finished is left out, and said; wherever it ends", async () => {
    const disk = loggedDisk();
    disk.write(0, page("a"));
    const wholeBytes = fs.statSync(file).size;
    disk.write(PAGE_BYTES, page("b"));
    const whole = fs.readFileSync(file);
    for (const cutBytes of [1, 100, PAGE_BYTES, PAGE_BYTES + 1, PAGE_BYTES + 31]) {
      fs.writeFileSync(file, whole.subarray(0, whole.length - cutBytes));
      const { entries, tornBytes } = await entriesOf();
      expect([entries.length, tornBytes]).toEqual([1, whole.length - cutBytes - wholeBytes]);
    }
    const damagedEnd = Buffer.from(whole);
    damagedEnd[whole.length - 1] = 0;
    fs.writeFileSync(file, damagedEnd);
    expect((await entriesOf()).tornBytes).toBe(whole.length - wholeBytes);
  });

  test("damage before the end is no torn end", async () => {
    const disk = loggedDisk();
    disk.write(0, page("a"));
    disk.write(PAGE_BYTES, page("b"));
    const whole = fs.readFileSync(file);
    for (const at of [33, 100]) {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] as number) ^ 1;
      fs.writeFileSync(file, damaged);
      await expect(entriesOf()).rejects.toMatchObject({ code: "DISK_BAD_LOG" });
    }
  });

  test("what is no log is refused, by name", async () => {
    fs.writeFileSync(file, "something else, longer than a header is");
    await expect(DiskLog.open(file)).rejects.toMatchObject({
      code: "DISK_BAD_LOG",
      message: expect.stringContaining(file),
    });
    await expect(DiskLog.open(`${file}.none`)).rejects.toMatchObject({ code: "DISK_BAD_LOG" });
    expect(() => startLog(file, { sizeBytes: 1, originNs: 0n }, () => 0)).toThrow("EEXIST");
  });
});

describe("a replay", () => {
  test("goes to a flush, to any entry, and to any choice of what was volatile there", async () => {
    const disk = loggedDisk();
    disk.write(0, page("a"));
    disk.flush();
    disk.write(0, page("b"));
    disk.write(PAGE_BYTES, page("c"));
    disk.write(2 * PAGE_BYTES, page("d"));
    disk.flush();
    disk.write(0, page("e"));
    const at = async (point: ReplayPoint) => letters(await replayed(point));
    expect(await at({ untilFlush: 1 })).toBe("a.......");
    expect(await at({ untilFlush: 2 })).toBe("bcd.....");
    expect(await at({ entries: 5 })).toBe("a.......");
    expect(await at({ entries: 5, survivors: "all" })).toBe("bcd.....");
    expect(await at({ entries: 5, survivors: new Set([3]) })).toBe("ac......");
    expect(await at({})).toBe("bcd.....");
    expect(await at({ survivors: new Set([3, 6]) })).toBe("ecd.....");
    const image = path.join(directory, "image");
    expect(await replayLog(file, image, { entries: 5 })).toEqual({ entries: 5, volatile: [2, 3, 4], tornBytes: 0 });
    expect(await replayLog(file, image, { untilFlush: 1 })).toMatchObject({ entries: 2, volatile: [] });
  });

  test("damage is on the medium at once, and a cut takes what no flush had covered", async () => {
    const disk = loggedDisk();
    disk.write(0, page("a"));
    disk.flush();
    disk.damage(diskDamage.parse({ how: "zero", prefix: "61" }));
    disk.write(PAGE_BYTES, page("b"));
    disk.cutPower();
    disk.powerOn();
    disk.write(2 * PAGE_BYTES, page("c"));
    disk.flush();
    expect(letters(await replayed({ entries: 3 }))).toBe("........");
    expect(letters(await replayed({ survivors: "all" }))).toBe("..c.....");
  });

  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ at: fc.nat(SIZE_BYTES - 1), lengthBytes: fc.integer({ min: 1, max: 9000 }) }) },
    { weight: 2, arbitrary: fc.constantFrom("flush" as const, "lie" as const, "cut" as const) },
  );

  test("made by the way equals one made from the start, in any order", async () => {
    const choice = fc.record({ at: fc.nat(100), keep: fc.infiniteStream(fc.boolean()) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 25 }),
        fc.array(choice, { minLength: 4, maxLength: 6 }),
        async (steps, choices) => {
          const base = path.join(directory, "base");
          for (const old of [file, base]) fs.rmSync(old, { force: true });
          const disk = loggedDisk();
          for (const [i, one] of steps.entries()) perform(disk, one, i + 1);
          using images = await CrashImages.open(file, base);
          const image = path.join(directory, "made");
          for (const { at, keep } of choices) {
            const entries = Math.round((at / 100) * images.moments.length);
            const { volatile } = await replayLog(file, path.join(directory, "image"), { entries });
            const survivors = volatile.filter(() => keep.next().value);
            images.make({ entries, survivors }, image);
            expect(fs.readFileSync(image).equals(await replayed({ entries, survivors: new Set(survivors) }))).toBe(
              true,
            );
          }
        },
      ),
      { numRuns: 25 },
    );
  });

  /** Writes whose letter is the step's number, flushes, and cuts that do not last. */
  function perform(disk: LyingDisk, one: Step, letter: number): void {
    if (typeof one === "object") {
      disk.write(one.at, Buffer.alloc(Math.min(one.lengthBytes, SIZE_BYTES - one.at), letter));
    } else if (one === "cut") {
      disk.cutPower();
      disk.powerOn();
    } else {
      disk.setRules(one === "lie" ? [diskRule.parse({ on: "flush", action: "lie" })] : []);
      disk.flush();
    }
  }

  test("equals the medium and what was seen of the disk, after every entry", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
        fs.rmSync(file, { force: true });
        const disk = loggedDisk();
        const moments: { medium: Buffer; visible: Buffer }[] = [];
        let medium = Buffer.alloc(SIZE_BYTES);
        const note = () => moments.push({ medium, visible: Buffer.from(disk.read(0, SIZE_BYTES)) });
        note();
        for (const [i, one] of steps.entries()) {
          if (typeof one === "object") {
            disk.write(one.at, Buffer.alloc(Math.min(one.lengthBytes, SIZE_BYTES - one.at), i + 1));
          } else if (one === "cut") {
            disk.cutPower();
            moments.push({ medium, visible: medium });
            disk.powerOn();
          } else {
            disk.setRules(one === "lie" ? [diskRule.parse({ on: "flush", action: "lie" })] : []);
            disk.flush();
            if (one === "flush") medium = Buffer.from(disk.read(0, SIZE_BYTES));
          }
          note();
        }
        for (const [entries, moment] of moments.entries()) {
          expect((await replayed({ entries })).equals(moment.medium)).toBe(true);
          expect((await replayed({ entries, survivors: "all" })).equals(moment.visible)).toBe(true);
        }
      }),
      { numRuns: 30 },
    );
  });
});
