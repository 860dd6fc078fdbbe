import { describe, expect, it, test } from "vitest";
import {
  contextOf,
  draftHistory,
  type HistoryDraft,
  judge,
  lateLooks,
  type Look,
  PROMPT_LOOKS,
  type SampleDraft,
  vainLooks,
  verdictOf,
} from "../../../../test/fixtures/visibility-history.ts";
import { NOTES } from "../notes.ts";

const PROMPT = "visibility.prompt";
const STEADY = "visibility.steady";
const LIMIT = "visibility.limit";

/** A history of samples with floors beside them. */
function historyOf(samples: readonly SampleDraft[]): HistoryDraft {
  const history = draftHistory();
  history.floors();
  for (const sample of samples) history.sample(sample);
  return history;
}

const times = (count: number, sample: SampleDraft): SampleDraft[] => Array.from({ length: count }, () => sample);
const prompt: SampleDraft = { looks: PROMPT_LOOKS };
const late = (latencyMs: number): SampleDraft => ({ looks: lateLooks(latencyMs) });
/** The reader was taken off the processor between two looks. */
const readerPaused = (pauseMs: number): SampleDraft => ({
  looks: [
    ["old", -0.02, -0.01],
    ["new", pauseMs, pauseMs + 0.01],
    ["new", pauseMs + 0.02, pauseMs + 0.03],
  ],
});
/** The writer was taken off the processor within its call, before the change. */
const writerPaused = (pauseMs: number): SampleDraft => ({ looks: lateLooks(pauseMs), callMs: pauseMs + 0.05 });

function on(claim: string, samples: readonly SampleDraft[], raw: Record<string, unknown> = { expect: "native" }) {
  return judge(historyOf(samples), contextOf(raw), claim);
}
const verdictOn = (claim: string, samples: readonly SampleDraft[], raw?: Record<string, unknown>) =>
  verdictOf(on(claim, samples, raw), claim)[0];

describe("changes are seen as soon as the class promises", () => {
  it("passes, and names the slowest of the cells", () => {
    const slow: SampleDraft = { ...late(4), cell: { operation: "chmod" } };
    const [finding, ...others] = on(PROMPT, [...times(4, prompt), ...times(4, slow)]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ verdict: "pass", scope: { direction: "host-to-container" } });
    expect(finding?.detail).toBe("2 cells in time; the slowest, chmod by stat (polling), had a median of 4 ms (n = 4)");
  });

  it("fails where the median is late, names by how much, and points at the late samples", () => {
    const [finding] = on(PROMPT, [prompt, ...times(6, late(30))]);
    expect(finding).toMatchObject({ verdict: "fail", eventCount: 6, scope: { operation: "append", observer: "stat" } });
    expect(finding?.detail).toMatch(/^polling: median 30 ms \[.*\] \(n = 7\), promised within 10 ms$/);
  });

  it("fails where most were never seen", () => {
    const [finding] = on(PROMPT, times(2, { looks: vainLooks() }));
    expect(finding).toMatchObject({
      verdict: "fail",
      detail: "polling: median not seen in 2 of 2, promised within 10 ms",
    });
  });

  it("puts the states of one operation and observer together, with all evidence counted", () => {
    const samples = times(30, late(30)).flatMap((sample) => [sample, { ...sample, cell: { state: "held" as const } }]);
    const [finding, ...others] = on(PROMPT, samples);
    expect(others).toEqual([]);
    expect(finding?.detail).toMatch(/^polling: .*; held: /);
    expect(finding?.events).toHaveLength(20);
    expect(finding?.eventCount).toBe(60);
  });

  it("is undecided on fewer than three samples", () => {
    expect(verdictOn(PROMPT, times(2, late(30)))).toBe("inconclusive");
    expect(verdictOn(PROMPT, times(3, late(30)))).toBe("fail");
  });

  it("says nothing without samples, or of samples that were not measured", () => {
    expect(on(PROMPT, [])).toEqual([]);
    expect(on(PROMPT, [{ unarmed: true }])).toEqual([]);
  });

  it("is undecided between brackets that hold the limit, whoever of the lab has paused", () => {
    expect(verdictOn(PROMPT, times(5, readerPaused(50)))).toBe("inconclusive");
    expect(verdictOn(PROMPT, [...times(2, prompt), ...times(3, writerPaused(50))])).toBe("inconclusive");
  });

  it("fails where every call takes its time before it takes effect", () => {
    expect(verdictOn(PROMPT, times(4, writerPaused(50)))).toBe("fail");
    expect(verdictOn(PROMPT, [...times(4, prompt), ...times(21, writerPaused(50))])).toBe("fail");
  });

  it("allows a reader that has looked the lifetime of a cache, and no more", () => {
    const cached = (latencyMs: number, state: "never" | "looked", raw: Record<string, unknown>) => {
      return verdictOn(PROMPT, times(3, { cell: { state }, looks: lateLooks(latencyMs).slice(1) }), raw);
    };
    expect(cached(990, "looked", { expect: "ttl-cache" })).toBe("pass");
    expect(cached(990, "never", { expect: "ttl-cache" })).toBe("fail");
    expect(cached(1100, "looked", { expect: "ttl-cache" })).toBe("fail");
    expect(cached(990, "looked", { expect: "ttl-cache", ttlMs: 300 })).toBe("fail");
    expect(cached(990, "looked", { expect: "ttl-cache", ttlMs: 0 })).toBe("fail");
    expect(cached(20_000, "looked", { expect: "close-to-open" })).toBe("pass");
    expect(cached(990, "looked", { expect: "coherent-cluster" })).toBe("fail");
    expect(cached(5, "looked", { expect: "coherent-cluster" })).toBe("pass");
  });

  it("is undecided where the reader's time was over before the promise was", () => {
    const looks = vainLooks().slice(1);
    expect(verdictOn(PROMPT, times(3, { cell: { state: "looked" }, looks }), { expect: "close-to-open" })).toBe(
      "inconclusive",
    );
  });

  it("judges events by their time, and lost ones not at all", () => {
    const cell = { operation: "create", state: "watching", observer: "inotify" } as const;
    const heard = (atMs: number): SampleDraft => ({ cell, events: [{ kind: "CREATE", atMs }] });
    expect(verdictOn(PROMPT, times(3, heard(1)))).toBe("pass");
    expect(verdictOn(PROMPT, times(3, heard(80)))).toBe("fail");
    expect(on(PROMPT, times(3, { cell, events: [] }))).toEqual([]);
    expect(on(PROMPT, times(3, heard(80)), { expect: "ttl-cache" })).toEqual([]);
  });
});

describe("latency is steady", () => {
  it("passes under the thresholds", () => {
    const [finding] = on(STEADY, times(20, prompt));
    expect(finding).toMatchObject({ verdict: "pass", scope: { direction: "host-to-container" } });
    expect(finding?.detail).toMatch(/^mean 100 µs \[.*\], standard deviation .*, 0 of 20 timed out$/);
  });

  test.each<[what: string, samples: SampleDraft[]]>([
    ["the mean", times(8, late(150))],
    ["the deviation", [...times(10, prompt), ...times(4, late(90)), ...times(4, late(160))]],
    ["the share of time-outs", [...times(20, prompt), ...times(5, { looks: vainLooks() })]],
    ["all of them", times(3, { looks: vainLooks() })],
  ])("fails where %s is of concern", (_, samples) => {
    expect(verdictOn(STEADY, samples)).toBe("fail");
  });

  it("is undecided between good and of concern, and says how to decide", () => {
    const [finding] = on(STEADY, times(8, late(40)));
    expect(finding).toMatchObject({ verdict: "inconclusive", settle: expect.stringContaining("--limit") as string });
    expect(verdictOn(STEADY, [...times(200, prompt), { looks: vainLooks() }])).toBe("inconclusive");
  });

  it("is undecided where the floor is unknown, or above the thresholds itself", () => {
    const judged = (floorMs?: number) => {
      const history = draftHistory();
      if (floorMs !== undefined) history.floors(floorMs);
      for (const sample of times(8, late(150))) history.sample(sample);
      return verdictOf(judge(history, contextOf({ expect: "native" })), STEADY);
    };
    expect(judged()).toEqual(["inconclusive", expect.stringContaining("no floor was measured")]);
    expect(judged(20)).toEqual(["inconclusive", expect.stringContaining("the floor is 20 ms")]);
    expect(judged(1)[0]).toBe("fail");
  });

  it("looks at watching readers, and where a cache is allowed at those that never looked", () => {
    const samples = [...times(8, late(900)), ...times(8, { cell: { state: "never" }, looks: lateLooks(0.1).slice(2) })];
    expect(verdictOn(STEADY, samples)).toBe("fail");
    expect(verdictOn(STEADY, samples, { expect: "ttl-cache" })).toBe("pass");
    expect(verdictOn(STEADY, times(3, late(900)), { expect: "ttl-cache" })).toBe("inconclusive");
  });

  it("leaves out what the class does not promise", () => {
    const cell = { operation: "mmap-store", state: "mapped", observer: "mmap" } as const;
    expect(on(STEADY, times(5, { ...late(500), cell }), { expect: "ttl-cache" })).toEqual([]);
    expect(verdictOn(STEADY, times(5, { ...late(500), cell }))).toBe("fail");
  });

  it("does not count a pause of the lab as the mount's, however long", () => {
    expect(verdictOn(STEADY, [...times(40, prompt), readerPaused(5000)])).not.toBe("fail");
    expect(verdictOn(STEADY, [...times(40, prompt), writerPaused(5000)])).not.toBe("fail");
  });
});

describe("a limit of the user's own", () => {
  const limited = (samples: readonly SampleDraft[], key: string, limitMs: number, raw: Record<string, unknown> = {}) =>
    on(LIMIT, samples, { expect: "native", ...raw, limits: { [key]: limitMs } });
  const verdict = (...asked: Parameters<typeof limited>) => verdictOf(limited(...asked), LIMIT)[0];

  test.each(["append.p50", "all.p50", "append.mean", "append.max", "all.p90"])("on %s is kept or broken", (key) => {
    const samples = times(40, late(5));
    expect(verdict(samples, key, 6)).toBe("pass");
    expect(verdict(samples, key, 4)).toBe("fail");
  });

  it("is told with statistic, interval, number and limit", () => {
    const [finding] = limited(times(40, late(5)), "append.p50", 4);
    expect(finding).toMatchObject({
      detail: "p50 is 5 ms [4.98 ms to 5 ms] (n = 40), the limit 4 ms",
      scope: { direction: "host-to-container", operation: "append", statistic: "p50" },
    });
  });

  it("is undecided on too few samples, on none, and while the interval holds it", () => {
    expect(verdict(times(25, late(5)), "append.p99", 6)).toBe("inconclusive");
    expect(verdict(times(3, late(5)), "append.p50", 6)).toBe("inconclusive");
    expect(verdict([late(5)], "append.mean", 4)).toBe("inconclusive");
    expect(verdict([], "append.p50", 6)).toBe("inconclusive");
    expect(verdict(times(40, late(5)), "mkdir.p50", 6)).toBe("inconclusive");
    expect(verdict([...times(20, late(5)), ...times(20, late(7))], "append.p50", 6)).toBe("inconclusive");
  });

  it("is not kept by what was never seen, and broken only if that was waited for", () => {
    const lost = times(10, { looks: vainLooks() });
    for (const key of ["append.p50", "append.mean", "append.max"]) {
      expect(verdict(lost, key, 100), key).toBe("fail");
      expect(verdict(lost, key, 60_000), key).toBe("inconclusive");
    }
    expect(limited(lost, "append.p50", 100)[0]?.detail).toContain("p50 is more than the time-out");
  });

  it("is not broken by one pause of the lab", () => {
    for (const key of ["append.p90", "append.mean", "append.max"])
      for (const paused of [readerPaused(900), writerPaused(900)])
        expect(verdict([...times(30, prompt), paused], key, 10), key).not.toBe("fail");
  });

  it("judges each direction on its own", () => {
    const other: SampleDraft = { ...late(50), cell: { direction: "container-to-host" } };
    const findings = limited([...times(10, late(5)), ...times(10, other)], "all.p50", 10);
    expect(findings.map(({ scope, verdict: found }) => [scope["direction"], found])).toEqual([
      ["host-to-container", "pass"],
      ["container-to-host", "fail"],
    ]);
  });

  it("is not asked where none was set", () => {
    expect(on(LIMIT, times(5, prompt))).toEqual([]);
  });
});

test("samples of another tool are no matter of promptness, and their steadiness has no floor", () => {
  const history = draftHistory();
  history.note(NOTES.method, "one exec a look");
  const looks: Look[] = [["new", 150, 150]];
  for (let count = 0; count < 10; count++) history.sample({ looks });
  const findings = judge(history, contextOf({ expect: "native" }));
  expect(findings.filter(({ claim }) => claim === PROMPT)).toEqual([]);
  expect(verdictOf(findings, STEADY)[0]).toBe("inconclusive");
});
