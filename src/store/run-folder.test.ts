import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { temporaryFolder } from "../../test/fixtures/folders.ts";
import { damage, manifestDraft, sampleOperation, writeSampleRun } from "../../test/fixtures/runs.ts";
import { createLineFile, MAX_LINE_BYTES } from "./line-file.ts";
import { migration } from "./migrations.ts";
import { listRuns, openRun, type StoredRun } from "./reader.ts";
import { createRun } from "./writer.ts";

const HISTORY = "sample/history.ndjson";

function readAll(run: StoredRun) {
  const reading = run.readHistory("sample", sampleOperation);
  const events = [...reading];
  return { events, problems: reading.problems, count: reading.count };
}

const withCode = (code: string): unknown =>
  expect.objectContaining({ code, remedy: expect.stringMatching(/\S/) as string });

describe("a run folder", () => {
  it("gives back what was written", () => {
    const { events, problems, count } = readAll(writeSampleRun(temporaryFolder()));
    expect(problems).toEqual([]);
    expect(count).toBe(6);
    expect(events[5]).toEqual({
      index: 5,
      timeNs: 25,
      kind: "ok",
      process: "p",
      op: { value: 2, text: "größe" },
      invokeIndex: 4,
    });
  });

  it("holds every event as soon as it was written", () => {
    const run = createRun(temporaryFolder(), manifestDraft());
    const history = run.beginTrial("sample");
    history.write(1, { kind: "note", note: "first" });
    expect([...openRun(run.folder).readHistory("sample", sampleOperation)]).toHaveLength(1);
    run.close();
  });

  it("appears with its manifest, and keeps no reserve once it has ended", () => {
    const runs = temporaryFolder();
    const run = createRun(runs, manifestDraft());
    expect(fs.readdirSync(runs)).toEqual([run.manifest.runId]);
    expect(openRun(run.folder).manifest).toEqual(run.manifest);
    run.close();
    expect(fs.readdirSync(run.folder).sort()).toEqual(["lab.ndjson", "manifest.json"]);
  });

  it("is never written over by another of the same second", () => {
    const runs = temporaryFolder();
    const ids = Array.from({ length: 30 }, () => writeSampleRun(runs).manifest.runId);
    expect(new Set(ids).size).toBe(30);
  });

  it("tells why it cannot be made", () => {
    const file = path.join(temporaryFolder(), "file");
    fs.writeFileSync(file, "");
    for (const folder of [path.join(file, "runs"), "/proc/seatrial/runs"])
      expect(() => createRun(folder, manifestDraft())).toThrow(withCode("RUN_FOLDER_NOT_WRITABLE"));
  });

  it("may lie deeper than anything that is there", () => {
    const runs = path.join(temporaryFolder(), "a", "b");
    expect(path.dirname(createRun(runs, manifestDraft()).folder)).toBe(runs);
  });
});

describe("opening a run", () => {
  it("finds it by path, by id and as the latest", () => {
    const runs = temporaryFolder();
    const older = writeSampleRun(runs);
    const newer = writeSampleRun(runs, { startedAt: "2026-11-20T06:40:11.124Z" });
    expect(openRun(older.folder).manifest.runId).toBe(older.manifest.runId);
    expect(openRun(older.manifest.runId, runs).folder).toBe(older.folder);
    expect(openRun("latest", runs).folder).toBe(newer.folder);
    expect(listRuns(runs).map(({ runId }) => runId)).toEqual([older.manifest.runId, newer.manifest.runId]);
  });

  it("says that there is none", () => {
    const runs = temporaryFolder();
    expect(() => openRun("latest", runs)).toThrow(withCode("RUN_NOT_FOUND"));
    expect(() => openRun("2026-11-20T06-40-11Z-7f3a", runs)).toThrow(withCode("RUN_NOT_FOUND"));
    expect(() => openRun(runs)).toThrow(withCode("RUN_UNREADABLE"));
    expect(listRuns(path.join(runs, "none"))).toEqual([]);
  });

  test.each([
    ["no JSON", "{", "RUN_UNREADABLE"],
    ["another program's", '{"name":"x"}', "RUN_UNREADABLE"],
    ["null", "null", "RUN_UNREADABLE"],
    ["a field of the wrong type", (text: string) => text.replace('"seed": "7"', '"seed": 7'), "RUN_UNREADABLE"],
    ["a trial that leads out", (text: string) => text.replace('"id": "sample"', '"id": "../x"'), "RUN_UNREADABLE"],
    [
      "a newer one",
      (text: string) => text.replace('"schemaVersion": 1', '"schemaVersion": 2'),
      "RUN_VERSION_UNSUPPORTED",
    ],
    [
      "a version of no kind",
      (text: string) => text.replace('"schemaVersion": 1', '"schemaVersion": "x"'),
      "RUN_VERSION_UNSUPPORTED",
    ],
    [
      "a newer history",
      (text: string) => text.replace('"historyVersion": 1', '"historyVersion": 9'),
      "RUN_VERSION_UNSUPPORTED",
    ],
  ])("refuses a manifest that is %s, and lists it all the same", (_what, change, code) => {
    const runs = temporaryFolder();
    const run = writeSampleRun(runs);
    damage(run, "manifest.json", (content) => (typeof change === "string" ? change : change(content.toString())));
    expect(() => openRun(run.folder)).toThrow(withCode(code));
    expect(listRuns(runs)).toHaveLength(1);
  });
});

describe("reading a history", () => {
  it("drops a torn last line and says so, wherever it is cut", () => {
    const run = writeSampleRun(temporaryFolder());
    const whole = fs.readFileSync(path.join(run.folder, HISTORY));
    for (let cut = 0; cut < whole.length; cut++) {
      fs.writeFileSync(path.join(run.folder, HISTORY), whole.subarray(0, cut));
      const { problems, count } = readAll(run);
      const newlines = whole.subarray(0, cut).filter((byte) => byte === 0x0a).length;
      const torn = cut > 0 && whole[cut - 1] !== 0x0a;
      expect(count).toBe(newlines);
      expect(problems.map((problem) => problem.split(", ")[0])).toEqual(
        torn ? [`${HISTORY} line ${newlines + 1}: the last line is torn`] : [],
      );
    }
  });

  test.each([
    ["not JSON", "@@@@", "line 3: the line is damaged"],
    ["empty", "", "line 3: the line is damaged"],
    [
      "another schema's",
      '{"index":2,"timeNs":1,"kind":"invoke","process":"p","op":{"value":"x"}}',
      "line 3: the line is no event",
    ],
    ["null", "null", "line 3: the line is no event"],
    ["longer than any event", "x".repeat(2 * MAX_LINE_BYTES), "line 3: the line is longer"],
  ])("tells a middle line that is %s", (_what, text, problem) => {
    const run = writeSampleRun(temporaryFolder());
    damage(run, HISTORY, (content) => content.toString().split("\n").with(2, text).join("\n"));
    const { problems, count } = readAll(run);
    expect(problems).toEqual([expect.stringContaining(problem)]);
    expect(count).toBe(5);
  });

  it("tells lines that are missing, doubled or in another order", () => {
    const change = (edit: (lines: string[]) => string[]) => {
      const run = writeSampleRun(temporaryFolder());
      damage(run, HISTORY, (content) => `${edit(content.toString().trim().split("\n")).join("\n")}\n`);
      return readAll(run);
    };
    expect(change((lines) => lines.toSpliced(2, 2)).problems).toEqual([`${HISTORY} line 3: events 2 to 3 are missing`]);
    const doubled = change((lines) => lines.toSpliced(2, 0, lines[1] ?? ""));
    expect(doubled.problems).toEqual([expect.stringContaining("line 3: event 1 stands where event 2 should")]);
    expect(doubled.count).toBe(6);
    expect(change((lines) => lines.toReversed()).problems.length).toBeGreaterThan(1);
  });

  it("tells a file that is missing without naming this machine's paths", () => {
    const run = writeSampleRun(temporaryFolder());
    fs.rmSync(path.join(run.folder, HISTORY));
    const { problems } = readAll(run);
    expect(problems).toEqual([`${HISTORY} cannot be read: ENOENT: no such file or directory`]);
    fs.mkdirSync(path.join(run.folder, HISTORY));
    expect(readAll(run).problems).toEqual([`${HISTORY} cannot be read: EISDIR: illegal operation on a directory`]);
  });

  it("does not fill the report with one file's problems", () => {
    const run = writeSampleRun(temporaryFolder());
    damage(run, HISTORY, () => "x\n".repeat(1000));
    const { problems } = readAll(run);
    expect(problems).toHaveLength(21);
    expect(problems.at(-1)).toBe(`${HISTORY}: 980 more problems`);
  });

  it("joins lines over the borders of its chunks", () => {
    const run = createRun(temporaryFolder(), manifestDraft());
    const history = run.beginTrial("sample");
    for (let value = 0; value < 300; value++)
      history.write(0, { kind: "invoke", process: "p", op: { value, text: "ö".repeat(value * 17) } });
    run.close();
    const { events, problems } = readAll(openRun(run.folder));
    expect(problems).toEqual([]);
    expect(events).toHaveLength(300);
    expect(events[299]).toMatchObject({ op: { text: "ö".repeat(299 * 17) } });
  });
});

describe("a line file", () => {
  it("refuses a line that no reader would take", () => {
    const lines = createLineFile(path.join(temporaryFolder(), "x"));
    expect(() => lines.append("x".repeat(MAX_LINE_BYTES))).toThrow(RangeError);
    lines.append("ok");
    lines.close();
    lines.close();
    expect(() => lines.append("late")).toThrow("is closed");
  });
});

describe("migrations", () => {
  const format = { name: "sample", version: 3, migrations: { 2: (old: unknown) => ({ lifted: old }) } };

  it("lift a stored value step by step", () => {
    expect(migration(format, 3)("now")).toBe("now");
    expect(migration(format, 2)("before")).toEqual({ lifted: "before" });
  });

  it("refuse what no way leads up from", () => {
    for (const version of [1, 4, 0, 1.5, "2", undefined])
      expect(() => migration(format, version)).toThrow(withCode("RUN_VERSION_UNSUPPORTED"));
  });
});
