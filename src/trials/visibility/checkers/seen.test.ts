import { describe, expect, it, test } from "vitest";
import {
  cellOf,
  contextOf,
  draftHistory,
  type HistoryDraft,
  judge,
  lateLooks,
  type SampleDraft,
  vainLooks,
  verdictOf,
} from "../../../../test/fixtures/visibility-history.ts";
import type { Cell } from "../model.ts";
import { NOTES } from "../notes.ts";
import { planCells } from "../plan.ts";

const SEEN = "visibility.seen";
const ARRIVE = "visibility.events-arrive";
const MEASURED = "visibility.measured";
const FLOOR = "visibility.floor";
const native = { expect: "native" };
const CREATE: SampleDraft = {
  cell: { operation: "create", state: "watching", observer: "inotify" },
  events: [{ kind: "CREATE", atMs: 1 }],
};

function findingsOn(history: HistoryDraft, claim: string, raw: Record<string, unknown> = native, cells?: Cell[]) {
  return judge(history, contextOf(raw, cells ? { cells } : {}), claim);
}

describe("every change is seen", () => {
  it("passes where it was, and says of how many", () => {
    const history = draftHistory();
    for (let count = 0; count < 4; count++) history.sample();
    expect(verdictOf(findingsOn(history, SEEN), SEEN)).toEqual(["pass", "4 of 4"]);
  });

  it("fails on one that was never seen, names the wait and the cell", () => {
    const history = draftHistory();
    history.sample();
    const at = history.sample({ looks: vainLooks() });
    const [finding] = findingsOn(history, SEEN);
    expect(finding).toMatchObject({ verdict: "fail", detail: "in 1 sample: not seen within 15 s", events: [at] });
    expect(finding?.scope).toEqual({
      direction: "host-to-container",
      operation: "append",
      observer: "stat",
      state: "polling",
    });
  });

  it("fails where not even the state before was seen", () => {
    const history = draftHistory();
    history.sample({ unarmed: true });
    history.sample({ unarmed: true });
    expect(verdictOf(findingsOn(history, SEEN), SEEN)).toEqual([
      "fail",
      "in 2 samples: not even the state before was seen (2x)",
    ]);
  });

  it("says nothing of samples that say nothing", () => {
    const history = draftHistory();
    history.broken("fail", "EPERM");
    history.broken("unknown", "gone");
    history.sample({
      looks: [
        ["old", -90, -89],
        ["old", 9, 10],
      ],
      armedMs: -90,
    });
    history.sample({ cell: { direction: "floor-on-host" }, looks: vainLooks() });
    expect(findingsOn(history, SEEN)).toEqual([]);
  });

  it("does not blame a cache that may be old for longer than the reader waited", () => {
    const judged = (raw: Record<string, unknown>, state: "never" | "looked") => {
      const history = draftHistory();
      history.sample({ cell: { state }, looks: vainLooks().slice(1) });
      return findingsOn(history, SEEN, raw)[0];
    };
    expect(judged({ expect: "close-to-open" }, "looked")).toMatchObject({
      verdict: "inconclusive",
      detail: "in 1 sample: not seen within 15 s; promised within 60 s",
      settle: "a --timeout of more than 60 s",
    });
    // Nobody who has never looked is promised an old answer.
    expect(judged({ expect: "close-to-open" }, "never")?.verdict).toBe("fail");
    expect(judged({ expect: "close-to-open", ttlMs: 1000 }, "looked")?.verdict).toBe("fail");
  });

  it("does not judge what another tool missed", () => {
    const history = draftHistory();
    history.note(NOTES.method, "one exec a look");
    history.sample({ looks: vainLooks() });
    const [verdict, detail] = verdictOf(findingsOn(history, SEEN), SEEN);
    expect(verdict).toBe("skipped");
    expect(detail).toContain("not judged: another tool took the samples");
  });
});

describe("every event arrives", () => {
  it("passes where they did", () => {
    const history = draftHistory();
    history.sample(CREATE);
    expect(verdictOf(findingsOn(history, ARRIVE), ARRIVE)).toEqual(["pass", "1 of 1"]);
    expect(findingsOn(history, SEEN)).toEqual([]);
  });

  it("fails on a lost one, and names its kind", () => {
    const history = draftHistory();
    history.sample(CREATE);
    history.sample({ ...CREATE, events: [] });
    expect(verdictOf(findingsOn(history, ARRIVE), ARRIVE)).toEqual(["fail", "in 1 sample: CREATE lost"]);
  });

  it("is skipped where the class promises none, with the reason", () => {
    const history = draftHistory();
    history.sample({ ...CREATE, events: [] });
    const [verdict, detail] = verdictOf(findingsOn(history, ARRIVE, { expect: "ttl-cache" }), ARRIVE);
    expect([verdict, detail]).toEqual([
      "skipped",
      "in 1 sample: CREATE lost; not judged: a mount of this class promises no events",
    ]);
  });

  it("takes the class from what the sides say of the mount", () => {
    const judged = (type: string, devices?: { host: string; container: string }) => {
      const history = draftHistory();
      history.mount(type, devices);
      history.sample({ ...CREATE, events: [] });
      return verdictOf(findingsOn(history, ARRIVE, {}), ARRIVE)[0];
    };
    expect(judged("fuse.sshfs")).toBe("skipped");
    expect(judged("nfs4")).toBe("skipped");
    expect(judged("ext4")).toBe("fail");
    expect(judged("fuse.sshfs", { host: "0:9", container: "0:9" })).toBe("fail");
  });
});

describe("every cell is measured", () => {
  const cells = [cellOf(), cellOf({ state: "never" }), cellOf({ direction: "floor-on-host" })];

  it("passes when each has a sample", () => {
    const history = draftHistory();
    for (const cell of cells) history.sample({ cell });
    expect(verdictOf(findingsOn(history, MEASURED, native, cells), MEASURED)).toEqual(["pass", "3 cells with samples"]);
  });

  it("is undecided while one has none, and names it", () => {
    const history = draftHistory();
    for (const cell of cells.slice(1)) history.sample({ cell });
    history.broken("unknown", "gone", cells[0]);
    history.note(NOTES.truncated, {});
    expect(verdictOf(findingsOn(history, MEASURED, native, cells), MEASURED)).toEqual([
      "inconclusive",
      "1 of 3 cells without a sample since the time was up: append host-to-container polling stat",
    ]);
  });

  it("names five cells of many", () => {
    const many = planCells(contextOf().options).slice(0, 7);
    const [, detail] = verdictOf(findingsOn(draftHistory(), MEASURED, native, many), MEASURED);
    expect(detail).toMatch(/^7 of 7 cells without a sample: ([^;]+; ){5}\.\.\.$/);
  });

  it("skips what the mount refuses, with the reasons", () => {
    const history = draftHistory();
    history.broken("fail", "ENOTSUP: setxattr failed", cells[0]);
    history.broken("fail", "ENOTSUP: setxattr failed", cells[0]);
    history.sample({ cell: { ...cellOf({ operation: "create" }) } });
    const findings = findingsOn(history, MEASURED, native, [...cells, cellOf({ operation: "create" })]);
    expect(findings[0]).toMatchObject({ verdict: "skipped", detail: "refused: ENOTSUP: setxattr failed (2x)" });
  });

  it("does not ask for what the class does not promise", () => {
    const watched = [...cells, cellOf({ state: "watching", observer: "inotify" })];
    const history = draftHistory();
    for (const cell of cells) history.sample({ cell });
    const judged = (raw: Record<string, unknown>) =>
      findingsOn(history, MEASURED, raw, watched).map(({ verdict, detail }) => [verdict, detail]);
    expect(judged({ expect: "ttl-cache" })).toEqual([
      ["skipped", "1 cell without a sample: a mount of this class promises no events"],
      ["pass", "3 cells with samples"],
    ]);
    expect(judged(native).map(([verdict]) => verdict)).toEqual(["inconclusive"]);
  });

  test("nothing but floors is no measurement of the mount", () => {
    const history = draftHistory();
    history.sample({ cell: cellOf({ direction: "floor-on-host" }) });
    history.broken("fail", "ENOSYS", cells[0]);
    history.broken("fail", "ENOSYS", cells[1]);
    const verdicts = findingsOn(history, MEASURED, native, cells).map(({ verdict, detail }) => [verdict, detail]);
    expect(verdicts).toEqual([
      ["skipped", "refused: ENOSYS (2x)"],
      ["inconclusive", "no sample of the mount was taken"],
    ]);
  });

  test("nothing at all is none either", () => {
    expect(verdictOf(findingsOn(draftHistory(), MEASURED, native, []), MEASURED)[0]).toBe("inconclusive");
  });

  test("a plan of scenarios alone needs the floors only", () => {
    const history = draftHistory();
    const floor = cellOf({ direction: "floor-on-host" });
    history.sample({ cell: floor });
    expect(verdictOf(findingsOn(history, MEASURED, native, [floor]), MEASURED)).toEqual([
      "pass",
      "1 cell with samples",
    ]);
  });
});

describe("the lab is fast enough", () => {
  const floorOf = (latencyMs: number, count = 3) => {
    const history = draftHistory();
    for (let taken = 0; taken < count; taken++) history.floors(latencyMs);
    return findingsOn(history, FLOOR);
  };

  it("passes on both sides, with the floor in numbers", () => {
    const findings = floorOf(0.1);
    expect(findings.map(({ verdict, scope }) => [verdict, scope["direction"]])).toEqual([
      ["pass", "floor-on-host"],
      ["pass", "floor-in-container"],
    ]);
    expect(findings[0]?.detail).toBe("median 100 µs, p95 100 µs, mean 100 µs (n = 3)");
  });

  it("is undecided on a machine too slow to tell a prompt mount from a late one", () => {
    expect(floorOf(6).map(({ verdict }) => verdict)).toEqual(["inconclusive", "inconclusive"]);
  });

  it("is undecided without a floor", () => {
    expect(verdictOf(findingsOn(draftHistory(), FLOOR), FLOOR)).toEqual(["inconclusive", "no floor was measured"]);
  });

  it("is broken where a change is never seen although nothing can hide it", () => {
    const history = draftHistory();
    history.sample({ cell: { direction: "floor-in-container" }, looks: vainLooks() });
    expect(verdictOf(findingsOn(history, FLOOR), FLOOR)[0]).toBe("errored");
  });

  it("is judged by readers that watch", () => {
    const history = draftHistory();
    history.floors();
    history.sample({ cell: { direction: "floor-on-host", state: "never" }, looks: lateLooks(500).slice(2) });
    expect(findingsOn(history, FLOOR).map(({ verdict }) => verdict)).toEqual(["pass", "pass"]);
  });
});
