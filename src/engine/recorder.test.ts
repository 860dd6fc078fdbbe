import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/fixtures/folders.ts";
import { manifestDraft, sampleOperation } from "../../test/fixtures/runs.ts";
import { SubjectFailure } from "../core/history.ts";
import { openRun } from "../store/reader.ts";
import { createRun } from "../store/writer.ts";
import { createManualClock } from "../testing/index.ts";
import { createRecorder } from "./recorder.ts";

type Op = { value: number; text: string };

function recording() {
  const clock = createManualClock();
  const run = createRun(temporaryFolder(), manifestDraft());
  const history = run.beginTrial("sample");
  const abort = new AbortController();
  const recorder = createRecorder<Op>({ history, clock, signal: abort.signal, onNote: () => {} });
  const events = () => [...openRun(run.folder).readHistory("sample", sampleOperation)];
  return { clock, recorder, abort, events, history };
}

const op = { value: 1, text: "x" };

describe("a recorder", () => {
  it("has the call on disk before the attempt begins, and its end after", async () => {
    const { clock, recorder, events } = recording();
    const completed = await recorder.operation("p", op, async () => {
      expect(events()).toEqual([{ index: 0, timeNs: 0, kind: "invoke", process: "p", op }]);
      await clock.advance(2);
      return { ...op, value: 2 };
    });
    expect(completed).toEqual({ kind: "ok", op: { value: 2, text: "x" }, startedNs: 0, endedNs: 2e6 });
    expect(events()[1]).toEqual({ index: 1, timeNs: 2e6, kind: "ok", process: "p", op: completed.op, invokeIndex: 0 });
  });

  it.each([
    ["fail", new SubjectFailure("no room")],
    ["unknown", new Error("the stream closed")],
  ])("ends as %s", async (kind, error) => {
    const { recorder, events } = recording();
    const completed = await recorder.operation("p", op, () => Promise.reject(error));
    expect(completed).toMatchObject({ kind, op, reason: error.message });
    expect(events()[1]).toMatchObject({ kind, op, reason: error.message, invokeIndex: 0 });
  });

  it("ends an attempt that throws before it waits", async () => {
    const { recorder } = recording();
    const attempt = () => {
      throw new SubjectFailure("at once");
    };
    expect(await recorder.operation("p", op, attempt)).toMatchObject({ kind: "fail" });
  });

  it("begins nothing after an abort, and records the end of what was under way", async () => {
    const { recorder, abort, events } = recording();
    const underWay = recorder.operation(
      "p",
      op,
      (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener("abort", () => reject(signal.reason as Error));
        }),
    );
    abort.abort(new Error("enough"));
    expect(await underWay).toMatchObject({ kind: "unknown", reason: "enough" });
    await expect(recorder.operation("p", op, async () => op)).rejects.toThrow("enough");
    expect(events().map(({ kind }) => kind)).toEqual(["invoke", "unknown"]);
  });

  it("takes nothing from a trial that was left behind", async () => {
    const { recorder, history } = recording();
    history.close();
    await expect(recorder.operation("p", op, async () => op)).rejects.toThrow("is closed");
  });

  it("keeps notes with and without data", () => {
    const { recorder, events } = recording();
    recorder.note("plain");
    recorder.note("with", { mount: "ext4" });
    expect(events()).toMatchObject([
      { kind: "note", note: "plain" },
      { note: "with", data: { mount: "ext4" } },
    ]);
  });
});
