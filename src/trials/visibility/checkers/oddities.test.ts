import { describe, expect, it, test } from "vitest";
import {
  contextOf,
  draftHistory,
  type HistoryDraft,
  judge,
  type Look,
  PROMPT_LOOKS,
  type SampleDraft,
  verdictOf,
} from "../../../../test/fixtures/visibility-history.ts";
import { NOTES } from "../notes.ts";
import { oddityCheckers } from "./oddities.ts";

const EVENTS: Pick<SampleDraft, "cell"> = { cell: { operation: "write-new", state: "watching", observer: "inotify" } };
const RENAME: Pick<SampleDraft, "cell"> = { cell: { operation: "rename", state: "watching", observer: "inotify" } };
const written = [
  { kind: "CREATE", atMs: 1 },
  { kind: "MODIFY", atMs: 2 },
  { kind: "CLOSE_WRITE", atMs: 3 },
] as const;
const renamed = (cookie: number) =>
  [
    { kind: "MOVED_FROM", name: "NAME.from", atMs: 1, cookie: 7 },
    { kind: "MOVED_TO", atMs: 2, cookie },
  ] as const;
/** Something odd seen by a look that began after the call had returned. */
const withOdd = (...odd: Look[]): Look[] => [["old", -0.02, -0.01], ...odd, ["new", 20, 20.1], ["new", 21, 21.1]];

interface Case {
  claim: string;
  good: SampleDraft;
  bad: SampleDraft;
  names: RegExp;
}

const CASES: Case[] = [
  {
    claim: "visibility.content",
    good: {},
    bad: { cell: { observer: "read" }, looks: withOdd(["wrong: torn: new up to byte 40, old after it", 1, 2]) },
    names: /in 1 sample: torn: new up to byte 40, old after it/,
  },
  {
    claim: "visibility.no-transient-error",
    good: {},
    bad: { looks: withOdd(["error: ESTALE", 1, 2]) },
    names: /in 1 sample: ESTALE/,
  },
  {
    claim: "visibility.no-regression",
    good: {},
    bad: { looks: [...PROMPT_LOOKS, ["old", 1, 2], ["new", 3, 4]] },
    names: /in 1 sample: old after new/,
  },
  {
    claim: "visibility.agreement",
    good: { cell: { operation: "unlink", observer: "agreement" } },
    bad: {
      cell: { operation: "unlink", observer: "agreement" },
      looks: withOdd(["split: stat old, readdir new", 1, 2]),
    },
    names: /in 1 sample: stat old, readdir new/,
  },
  {
    claim: "visibility.events-once",
    good: { ...EVENTS, events: [...written] },
    bad: { ...EVENTS, events: [...written, { kind: "CREATE", atMs: 4 }] },
    names: /in 1 sample: CREATE 2 times/,
  },
  {
    claim: "visibility.events-after-content",
    good: { ...EVENTS, events: [...written] },
    bad: { ...EVENTS, events: [written[0], written[1], { ...written[2], answer: "wrong: empty" }] },
    names: /in 1 sample: CLOSE_WRITE came while a look saw wrong: empty/,
  },
  {
    claim: "visibility.events-paired",
    good: { ...RENAME, events: [...renamed(7)] },
    bad: { ...RENAME, events: [...renamed(8)] },
    names: /in 1 sample: cookies 7 and 8/,
  },
];

const native = { expect: "native" };
const findingsOn = (history: HistoryDraft, claim: string, raw: Record<string, unknown> = native) =>
  judge(history, contextOf(raw), claim);

describe.each(CASES)("$claim", ({ claim, good, bad, names }) => {
  it("fails on one bad sample among good ones, and points at it", () => {
    const history = draftHistory();
    for (let count = 0; count < 5; count++) history.sample(good);
    const at = history.sample(bad);
    history.sample(good);
    const [finding, ...others] = findingsOn(history, claim);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ verdict: "fail", events: [at], eventCount: 1 });
    expect(finding?.detail).toMatch(names);
    expect(finding?.scope).toMatchObject({ direction: "host-to-container", operation: expect.any(String) as string });
  });

  it("passes on good samples, and says how many stand behind it", () => {
    const history = draftHistory();
    for (let count = 0; count < 5; count++) history.sample(good);
    expect(verdictOf(findingsOn(history, claim), claim)).toEqual(["pass", "5 samples checked"]);
  });

  it("says nothing without a sample that can show it", () => {
    const history = draftHistory();
    expect(findingsOn(history, claim)).toEqual([]);
    history.broken("unknown", "gone", good.cell);
    history.broken("fail", "EPERM", good.cell);
    history.sample({ ...good, unarmed: true, looks: [] });
    history.sample({ ...bad, cell: { ...bad.cell, direction: "floor-on-host" } });
    expect(findingsOn(history, claim)).toEqual([]);
  });

  it("says nothing of what another tool has seen", () => {
    const history = draftHistory();
    history.note(NOTES.method, "one exec a look");
    history.sample(good);
    history.sample(bad);
    expect(findingsOn(history, claim)).toEqual([]);
  });

  it("names at most twenty of many bad samples, and counts them all", () => {
    const history = draftHistory();
    for (let count = 0; count < 30; count++) history.sample(bad);
    const [finding] = findingsOn(history, claim);
    expect(finding?.events).toHaveLength(20);
    expect(finding?.eventCount).toBe(30);
  });
});

describe("evidence that is none", () => {
  test("a change that was seen by the last look says nothing of what comes after", () => {
    const history = draftHistory();
    history.sample({ looks: PROMPT_LOOKS.slice(0, 3) });
    expect(findingsOn(history, "visibility.no-regression")).toEqual([]);
  });

  test("half a rename says nothing of its cookies", () => {
    const history = draftHistory();
    history.sample({ ...RENAME, events: [renamed(8)[0]] });
    expect(findingsOn(history, "visibility.events-paired")).toEqual([]);
  });

  test("a watcher that did not hear the last event was not woken by it", () => {
    const history = draftHistory();
    history.sample({ ...EVENTS, events: [written[0], written[1]] });
    expect(findingsOn(history, "visibility.events-after-content")).toEqual([]);
  });

  test("several writes may make several MODIFY, or one", () => {
    const history = draftHistory();
    history.sample({ ...EVENTS, events: [...written, { kind: "MODIFY", atMs: 2.5 }] });
    expect(verdictOf(findingsOn(history, "visibility.events-once"), "visibility.events-once")[0]).toBe("pass");
  });
});

describe("what a class does not promise", () => {
  const split: SampleDraft = {
    cell: { operation: "unlink", observer: "agreement" },
    looks: withOdd(["split: stat old, readdir new", 5, 6]),
  };
  const cached = { expect: "ttl-cache", ttlMs: 100 };

  test("a contradiction within a cache's lifetime is none, a longer one is", () => {
    const short = draftHistory();
    short.sample(split);
    expect(verdictOf(findingsOn(short, "visibility.agreement", cached), "visibility.agreement")[0]).toBe("pass");
    const long = draftHistory();
    long.sample({
      ...split,
      looks: [...withOdd(["split: stat old, readdir new", 500, 501]).slice(0, 2), ["new", 502, 503]],
    });
    expect(verdictOf(findingsOn(long, "visibility.agreement", cached), "visibility.agreement")[0]).toBe("fail");
  });

  test.each([
    ["events", { ...EVENTS, events: [...written, { kind: "CREATE", atMs: 4 }] }, "visibility.events-once"],
    [
      "mappings",
      { cell: { operation: "mmap-store", observer: "mmap", state: "mapped" }, looks: withOdd(["wrong: torn", 1, 2]) },
      "visibility.content",
    ],
  ] as [string, SampleDraft, string][])("%s are measured and not judged", (_, bad, claim) => {
    const history = draftHistory();
    history.sample(bad);
    expect(findingsOn(history, claim, cached)).toEqual([]);
    expect(verdictOf(findingsOn(history, claim), claim)[0]).toBe("fail");
  });
});

test("one direction's fault leaves the other's pass standing", () => {
  const history = draftHistory();
  history.sample({ looks: withOdd(["wrong: empty", 1, 2]) });
  history.sample({ cell: { direction: "container-to-host" } });
  const findings = findingsOn(history, "visibility.content");
  expect(findings.map(({ verdict, scope }) => [verdict, scope["direction"]])).toEqual([
    ["fail", "host-to-container"],
    ["pass", "container-to-host"],
  ]);
});

test("the commonest oddities come first, and the rest is counted", () => {
  const history = draftHistory();
  for (const text of ["a", "b", "b", "c", "c", "c", "d", "e"])
    history.sample({ looks: withOdd([`wrong: ${text}`, 1, 2]) });
  const [, detail] = verdictOf(findingsOn(history, "visibility.content"), "visibility.content");
  expect(detail).toBe("in 8 samples: c (3x); b (2x); a; d; and 1 other kind");
});

test("each oddity has a case here", () => {
  expect(CASES.map(({ claim }) => claim)).toEqual(oddityCheckers.map(({ id }) => id));
});
