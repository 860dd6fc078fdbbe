import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../../../test/fixtures/folders.ts";
import { hasNative, steppedClock, taskContext } from "../../../../../test/fixtures/task-context.ts";
import { createWriter } from "../act.ts";
import { databaseMake, databaseRun } from "./database.ts";
import { createRace, lockLoop } from "./exclusion.ts";
import { awaitText, largeCheck, largeMake, manyChange, manyCheck, putText } from "./files.ts";
import { actMany, lookMany } from "./ladder.ts";
import { stressRead, stressReadLast, stressWrite } from "./reads-under-writing.ts";
import { formatRecord } from "./records.ts";

const context = taskContext();

/** Time for both sides together, over once their clock was read some hundred times: a busy machine makes it no shorter. */
const span = () => ({ fromNs: 0, durationMs: 20, shared: taskContext({ nowNs: steppedClock(50_000) }) });

describe("many files", () => {
  const check = (directory: string, removed: boolean, budgetMs = 0) =>
    manyCheck({ directory, count: 10, removed, budgetMs }, context);

  test("are all there when they were made, and half of them when every second one was removed", async () => {
    const directory = temporaryFolder();
    manyChange({ directory, count: 10, remove: false });
    expect(await check(directory, false)).toEqual({
      missing: 0,
      phantom: 0,
      contradictions: [],
      completeNs: expect.any(Number),
    });
    manyChange({ directory, count: 10, remove: true });
    expect(await check(directory, true)).toMatchObject({ missing: 0, phantom: 0, completeNs: expect.any(Number) });
    expect(await check(directory, false)).toEqual({ missing: 5, phantom: 0, contradictions: [] });
  });

  test("that should be gone, or were never made, are phantoms", async () => {
    const directory = temporaryFolder();
    manyChange({ directory, count: 10, remove: false });
    fs.writeFileSync(path.join(directory, "stranger"), "");
    expect(await check(directory, true)).toEqual({ missing: 0, phantom: 6, contradictions: [] });
  });

  test("on which listing and stat contradict each other are named", async () => {
    const directory = temporaryFolder();
    manyChange({ directory, count: 10, remove: false });
    // A dangling link is listed, and by stat it is not there.
    fs.rmSync(path.join(directory, "m4"));
    fs.symlinkSync("nowhere", path.join(directory, "m4"));
    expect(await check(directory, false)).toEqual({ missing: 1, phantom: 0, contradictions: ["m4"] });
  });

  test("are waited for", async () => {
    const directory = temporaryFolder();
    const checking = check(directory, false, 10_000);
    manyChange({ directory, count: 10, remove: false });
    expect(await checking).toMatchObject({ missing: 0, completeNs: expect.any(Number) });
  });
});

describe("a large file", () => {
  const large = (directory: string) => ({
    file: path.join(directory, "large"),
    sizeBytes: 2 ** 32 + 4096,
    marks: [0, 2 ** 31 - 4, 2 ** 32].map((offset) => ({ offset, text: `@${offset}` })),
  });
  const wrongWith = (file: ReturnType<typeof large>) => largeCheck({ ...file, budgetMs: 0 }, context);

  test("has its size and its marks", async () => {
    const file = large(temporaryFolder());
    largeMake(file);
    expect(await wrongWith(file)).toEqual({ wrong: [] });
  });

  test("that lost a mark, its end or itself is told", async () => {
    const file = large(temporaryFolder());
    largeMake({ ...file, marks: file.marks.slice(0, 2) });
    expect((await wrongWith(file)).wrong).toEqual([
      `at ${2 ** 32}: "\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000\\u0000" instead of "@${2 ** 32}"`,
    ]);
    fs.truncateSync(file.file, 2 ** 31);
    expect((await wrongWith(file)).wrong[0]).toBe(`size ${2 ** 31} instead of ${file.sizeBytes} bytes`);
    fs.rmSync(file.file);
    expect((await wrongWith(file)).wrong[0]).toContain("ENOENT");
  });
});

describe("a text", () => {
  test.each([false, true])("is waited for (replaced by rename: %s), or what was last read is told", async (replace) => {
    const file = path.join(temporaryFolder(), "text");
    expect(await awaitText({ file, text: "new", budgetMs: 0 }, context)).toEqual({
      last: expect.stringContaining("ENOENT"),
    });
    fs.writeFileSync(file, "old");
    expect(await awaitText({ file, text: "new", budgetMs: 0 }, context)).toEqual({ last: "old" });
    const inode = fs.statSync(file).ino;
    const waiting = awaitText({ file, text: "new", budgetMs: 10_000 }, context);
    putText({ file, text: "new", replace });
    expect(await waiting).toEqual({ seenNs: expect.any(Number), last: "new" });
    expect(fs.statSync(file).ino === inode).toBe(!replace);
  });
});

describe("reads under writing", () => {
  test.each(["replace", "append"] as const)(
    "find nothing wrong on a file system that is right (%s)",
    async (family) => {
      const { shared, ...time } = span();
      const input = { directory: temporaryFolder(), family, ...time };
      const [write, read] = await Promise.all([stressWrite(input, shared), stressRead(input, shared)]);
      const last = stressReadLast({ ...input, least: write.lastSequence, budgetMs: 1000 }, context);
      expect(write).toEqual({ writes: write.lastSequence, lastSequence: expect.any(Number), ownUnseen: [] });
      expect(write.writes).toBeGreaterThan(0);
      for (const report of [read, last]) expect(report).toMatchObject({ torn: [], regressions: [], errors: {} });
      expect(last).toMatchObject({ reads: 1, advances: 1, lastSequence: write.lastSequence });
    },
  );

  const lastRead = (family: "replace" | "append", content: string) => {
    const directory = temporaryFolder();
    fs.writeFileSync(path.join(directory, "records"), content);
    return stressReadLast({ directory, family, least: 1, budgetMs: 0 }, context);
  };
  const [first, second, third] = [0, 1, 2].map((sequence) => formatRecord(sequence, 40)) as [string, string, string];

  test("find a record that is torn, missing or in another order", () => {
    expect(lastRead("append", first + second.replace(".", "!")).torn).toEqual([expect.stringContaining("record 1: ")]);
    expect(lastRead("append", first + third).torn).toEqual(["record 2 after 0"]);
    expect(lastRead("append", second + first).torn).toEqual([
      "the head is missing: the first record is 1",
      "record 0 after 1",
    ]);
  });

  test("do not call a tear what an append under way may leave, but what a rename may not", () => {
    const cut = second.slice(0, 20);
    expect(lastRead("append", first + cut).torn).toEqual([]);
    expect(lastRead("replace", first + cut).torn).toEqual(["a record cut after 20 bytes"]);
    expect(lastRead("replace", cut).torn).toEqual(["a record cut after 20 bytes"]);
    expect(lastRead("replace", "").torn).toEqual(["a record cut after 0 bytes"]);
    expect(lastRead("replace", first).torn).toEqual([]);
  });

  test("find a return, and a name that was there and is gone", async () => {
    const directory = temporaryFolder();
    const file = path.join(directory, "records");
    // The clock is read twice before the first look, and once before each.
    const nowNs = steppedClock(1, [
      [3, () => fs.writeFileSync(file, second)],
      [4, () => fs.writeFileSync(file, first)],
      [5, () => fs.rmSync(file)],
    ]);
    const input = { directory, family: "replace", fromNs: 0, durationMs: 5.5e-6 } as const;
    const report = await stressRead(input, taskContext({ nowNs }));
    expect(report.regressions).toEqual(["0 after 1"]);
    expect(report.errors).toEqual({ ENOENT: 1 });
    expect(report.lastSequence).toBe(1);
  });

  test("do not count as an error that the file is not there yet", () => {
    const report = stressReadLast({ directory: temporaryFolder(), family: "append", least: 1, budgetMs: 0 }, context);
    expect(report).toMatchObject({ errors: {}, lastSequence: -1 });
  });
});

describe("a race for names", () => {
  test("gives each name to just one side", async () => {
    const names = Array.from({ length: 30 }, (_, index) => `race${index}`);
    const input = { directory: temporaryFolder(), names, fromNs: context.nowNs() + 1e6, spacingNs: 50_000 };
    const [one, other] = await Promise.all([createRace(input, context), createRace(input, context)]);
    expect([...one.won, ...other.won].sort()).toEqual([...names].sort());
    expect([one.errors, other.errors]).toEqual([{}, {}]);
  });

  test("tells other reasons than that a name is taken", async () => {
    const directory = path.join(temporaryFolder(), "missing");
    const { won, errors } = await createRace({ directory, names: ["a", "b"], fromNs: 0, spacingNs: 0 }, context);
    expect({ won, errors }).toEqual({ won: [], errors: { ENOENT: 2 } });
  });
});

describe.skipIf(!hasNative)("a loop of locking", () => {
  test("holds again and again, each time for a while and after the last", async () => {
    const file = path.join(temporaryFolder(), "lock");
    fs.writeFileSync(file, "");
    const { shared, ...time } = span();
    const { held, refused } = await lockLoop({ file, ...time }, shared);
    expect(held.length).toBeGreaterThan(1);
    expect(refused).toBe(0);
    for (const [index, [from, to]] of held.entries()) {
      expect(to - from).toBeGreaterThanOrEqual(200_000);
      expect(from).toBeGreaterThanOrEqual(held[index - 1]?.[1] ?? 0);
    }
  });

  test("is refused while another holds", async () => {
    const file = path.join(temporaryFolder(), "lock");
    const fd = fs.openSync(file, "a+");
    context.native().flock(fd, "exclusive", true);
    const { shared, ...time } = span();
    const { held, refused } = await lockLoop({ file, ...time }, shared);
    fs.closeSync(fd);
    expect(held).toEqual([]);
    expect(refused).toBeGreaterThan(0);
  });
});

describe.skipIf(!hasNative)("a database of two writers", () => {
  const run = (directory: string, process: string, { shared, ...time } = span()) =>
    databaseRun({ directory, process, ...time }, shared);

  test("finds nothing wrong on a file system that is right, and both take over", async () => {
    const directory = temporaryFolder();
    databaseMake({ directory });
    const together = span();
    const reports = await Promise.all([run(directory, "one", together), run(directory, "other", together)]);
    for (const { commits, takeovers, problems } of reports) {
      expect(problems).toEqual([]);
      expect(commits).toBeGreaterThan(0);
      expect(takeovers).toBeGreaterThan(0);
    }
  });

  test.each<[what: string, harm: (at: (name: string) => string) => void, problem: RegExp]>([
    [
      "a log that lost its end",
      (at) => fs.truncateSync(at("log"), fs.statSync(at("log")).size - 5),
      /^two: the log has \d+ bytes where the index says \d+/,
    ],
    [
      "a log whose end is another's",
      (at) => overwriteEnd(at("log")),
      /^two: the log ends with record \S+ where the index says \d+/,
    ],
  ])("names %s", async (_, harm, problem) => {
    const directory = temporaryFolder();
    databaseMake({ directory });
    await run(directory, "one");
    harm((name) => path.join(directory, name));
    const { problems } = await run(directory, "two");
    expect(problems[0]).toMatch(problem);
  });
});

function overwriteEnd(file: string): void {
  const content = fs.readFileSync(file);
  fs.writeFileSync(file, content.fill("x", content.length - 30, content.length - 1));
}

describe("the ladder's looks", () => {
  test("are one for each name, at its time, and see what was done by then", async () => {
    const directory = temporaryFolder();
    const writer = createWriter();
    const names = ["r0", "r1", "r2"];
    for (const name of names) writer.prepare({ directory, name, operation: "mkdir" }, context);
    const startNs = context.nowNs() + 3e6;
    const acts = await actMany(
      writer,
      { items: names.slice(0, 2).map((name, at) => ({ name, atNs: startNs + at * 1e5 })) },
      context,
    );
    const items = names.map((name, at) => ({ name, atNs: startNs + 1e6 + at * 1e5 }));
    const looks = await lookMany({ directory, operation: "mkdir", observer: "stat", items }, context);
    expect(looks.map(({ answer }) => answer)).toEqual(["new", "new", "old"]);
    for (const [at, { beginNs, endNs }] of looks.entries()) {
      expect(beginNs).toBeGreaterThanOrEqual(items[at]?.atNs ?? Infinity);
      expect(endNs).toBeGreaterThanOrEqual(beginNs);
    }
    for (const [at, { begunNs }] of acts.entries()) expect(begunNs).toBeGreaterThanOrEqual(startNs + at * 1e5);
    writer.clean();
    expect(fs.readdirSync(directory)).toEqual([]);
  });
});
