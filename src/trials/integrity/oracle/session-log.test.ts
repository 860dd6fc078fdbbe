import { describe, expect, test } from "vitest";
import type { Workload, WriteOp, WriteResult } from "../model.ts";
import { SESSION_NOTES, SessionLog } from "./session-log.ts";

const workload: Workload = {
  runId: "0".repeat(32),
  regions: [{ id: 1, kind: "in-place", slots: 8, slotBytes: 4096 }],
  workers: 2,
  order: "sequential",
  sync: { call: "fdatasync", everySteps: 4 },
};

const stretch = (worker: number, from: number, to: number, result?: Partial<WriteResult>): WriteOp => ({
  type: "write",
  epoch: 1,
  worker,
  from,
  to,
  ...(result
    ? {
        result: {
          reached: to,
          synced: to,
          doomed: [],
          failures: [],
          failureCount: 0,
          writtenBytes: 0,
          writeNs: { values: [], counts: [] },
          syncNs: { values: [], counts: [] },
          durationNs: 1,
          ...result,
        },
      }
    : {}),
});

const progress = (log: SessionLog, session = -1) => log.promised().sessions.at(session)?.workers;

describe("the session log", () => {
  test("knows of no session and no promise at first", () => {
    const log = new SessionLog(workload);
    expect(log.promised().sessions).toEqual([]);
    expect(log.hasPromises).toBe(false);
    expect(log.nextStep(0)).toBe(0);
  });

  test("steps are issued when they are handed out, promised when a sync has succeeded", () => {
    const log = new SessionLog(workload);
    log.begin();
    log.issue(stretch(1, 0, 10));
    expect(progress(log)).toEqual([
      { issued: 0, synced: 0, doomed: [] },
      { issued: 10, synced: 0, doomed: [] },
    ]);
    expect(log.hasPromises).toBe(false);
    log.sync({ worker: 1, synced: 4 });
    expect(log.hasPromises).toBe(true);
    expect(progress(log)?.[1]).toEqual({ issued: 10, synced: 4, doomed: [] });
  });

  test("a sync after writes that all failed promises nothing", () => {
    const log = new SessionLog(workload);
    log.begin();
    log.issue(stretch(0, 0, 4));
    log.end(stretch(0, 0, 4, { reached: 4, synced: 4, doomed: [[0, 4]], failureCount: 4 }));
    expect(log.hasPromises).toBe(false);
  });

  test("a sync is never believed beyond what was issued, nor backwards", () => {
    const log = new SessionLog(workload);
    log.begin();
    log.issue(stretch(0, 0, 10));
    log.sync({ worker: 0, synced: 99 });
    expect(progress(log)?.[0]?.synced).toBe(10);
    log.sync({ worker: 0, synced: 3 });
    expect(progress(log)?.[0]?.synced).toBe(10);
  });

  test("a stretch that was given up hands its last steps back", () => {
    const log = new SessionLog(workload);
    log.begin();
    log.issue(stretch(0, 0, 10));
    log.end(stretch(0, 0, 10, { reached: 6, synced: 4, doomed: [[4, 6]] }));
    expect(log.nextStep(0)).toBe(6);
    expect(progress(log)?.[0]).toEqual({ issued: 6, synced: 4, doomed: [[4, 6]] });
  });

  test("after a crash the steps in flight stay issued, and the next session promises nothing of them", () => {
    const log = new SessionLog(workload);
    log.begin();
    log.issue(stretch(0, 0, 10));
    log.sync({ worker: 0, synced: 4 });
    log.begin();
    expect(log.nextStep(0)).toBe(10);
    expect(progress(log, 0)?.[0]).toEqual({ issued: 10, synced: 4, doomed: [] });
    expect(progress(log)?.[0]).toEqual({ issued: 10, synced: 10, doomed: [] });
    log.issue(stretch(0, 10, 20));
    log.sync({ worker: 0, synced: 12 });
    expect(progress(log, 0)?.[0]?.synced).toBe(4);
  });

  test("what is told to an agent does not change under it", () => {
    const log = new SessionLog(workload);
    log.begin();
    const told = log.promised();
    log.issue(stretch(0, 0, 10));
    expect(told.sessions[0]?.workers[0]?.issued).toBe(0);
  });

  test("the history gives the same as the calls of the lab", () => {
    const live = new SessionLog(workload);
    const folded = new SessionLog(workload);
    const op = stretch(0, 0, 8);
    const ended = stretch(0, 0, 8, { synced: 8 });
    const at = { index: 0, timeNs: 0, process: "worker-0" };
    live.begin();
    live.issue(op);
    live.sync({ worker: 0, synced: 4 });
    live.end(ended);
    live.settle([[1, 2, 3]]);
    folded.see({ ...at, kind: "note", note: SESSION_NOTES.began, data: { epoch: 1, container: "writer" } });
    folded.see({ ...at, kind: "invoke", op });
    folded.see({ ...at, kind: "note", note: SESSION_NOTES.synced, data: { epoch: 1, worker: 0, synced: 4 } });
    folded.see({ ...at, kind: "ok", op: ended, invokeIndex: 0 });
    const verify = { type: "verify", epoch: 1, path: "direct", container: "writer" } as const;
    const result = {
      blocks: 1,
      readBytes: 1,
      damages: [],
      damageCount: 0,
      counts: {},
      uncertainSlots: 0,
      keptUncertainSlots: 0,
      reorderedSlots: 0,
      tornInFlight: 0,
      settled: [[1, 2, 3] as [number, number, number]],
      readNs: { values: [], counts: [] },
      durationNs: 1,
    };
    folded.see({ ...at, kind: "ok", op: { ...verify, result }, invokeIndex: 0 });
    expect(folded.promised()).toEqual(live.promised());
  });

  test("an unknown end leaves everything handed out in flight", () => {
    const log = new SessionLog(workload);
    const at = { index: 0, timeNs: 0, process: "worker-0" };
    log.begin();
    log.see({ ...at, kind: "invoke", op: stretch(0, 0, 8) });
    log.see({ ...at, kind: "unknown", op: stretch(0, 0, 8), invokeIndex: 0, reason: "gone" });
    expect(progress(log)?.[0]).toEqual({ issued: 8, synced: 0, doomed: [] });
  });
});
