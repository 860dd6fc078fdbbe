import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { contextOf, draftHistory, judge, verdictOf } from "../../../../test/fixtures/visibility-history.ts";
import type { ScenarioId, ScenarioOp } from "../model.ts";
import type { Rung, ScenarioResults } from "../scenario-results.ts";
import type { HeldInterval } from "../tasks/scenarios/exclusion.ts";
import { overlaps } from "./scenarios.ts";

type Asked = Partial<Pick<ScenarioOp, "operation" | "state" | "clockHalfWidthNs">>;

/** The findings on one scenario. */
function on<Id extends ScenarioId>(
  scenario: Id,
  result: ScenarioResults[Id],
  { raw = { expect: "native" }, asked = {} }: { raw?: Record<string, unknown>; asked?: Asked } = {},
) {
  const history = draftHistory();
  const planned = { scenario, direction: "host-to-container" } as const;
  history.scenario({ ...planned, ...asked, result });
  return judge(history, contextOf(raw, { scenarios: [planned] })).filter(({ events }) => events.length > 0);
}

const climbed = (answers: [delayMs: number, answer: Rung["answer"]][], lateMs = 0): ScenarioResults["ladder"] => ({
  rungs: answers.map(([delayMs, answer]) => ({
    delayMs,
    answer,
    act: { begunNs: 0, returnedNs: 0.1e6 },
    beginNs: (delayMs + lateMs + 0.1) * 1e6,
    endNs: (delayMs + lateMs + 0.2) * 1e6,
  })),
});

describe("the ladder", () => {
  const LADDER = "visibility.ladder";
  const verdict = (...asked: Parameters<typeof on<"ladder">>) => verdictOf(on(...asked), LADDER);

  it("passes when every look from the promise on is right, whatever was seen before", () => {
    expect(
      verdict(
        "ladder",
        climbed([
          [0, "old"],
          [10, "new"],
          [100, "new"],
        ]),
      )[0],
    ).toBe("pass");
  });

  it("fails on a look that was late enough and wrong, and names it", () => {
    const [found, detail] = verdict(
      "ladder",
      climbed([
        [0, "new"],
        [30, "old"],
        [100, "error: ENOENT"],
      ]),
    );
    expect(found).toBe("fail");
    expect(detail).toMatch(
      /^old when looked at once after 30 ms; error: ENOENT when looked at once after 100 ms \(1 of 3/,
    );
  });

  it("counts from when it was looked, not from when that was due, and no closer than the clocks tell", () => {
    const early = climbed(
      [
        [30, "old"],
        [100, "new"],
      ],
      -25,
    );
    expect(verdict("ladder", early)[0]).toBe("pass");
    const asked = { clockHalfWidthNs: 40e6 };
    expect(
      verdict(
        "ladder",
        climbed([
          [30, "old"],
          [100, "new"],
        ]),
        { asked },
      )[0],
    ).toBe("pass");
  });

  it("allows a reader that has looked the lifetime of a cache", () => {
    const rungs = climbed([
      [30, "old"],
      [300, "old"],
      [3000, "new"],
    ]);
    const raw = { expect: "ttl-cache" };
    expect(verdict("ladder", rungs, { raw, asked: { state: "looked" } })[0]).toBe("pass");
    expect(verdict("ladder", rungs, { raw, asked: { state: "never" } })[0]).toBe("fail");
  });

  it("is undecided where no look was late enough, and asks for one", () => {
    const [finding] = on(
      "ladder",
      climbed([
        [0, "new"],
        [3, "new"],
      ]),
    );
    expect(finding).toMatchObject({ claim: LADDER, verdict: "inconclusive", settle: "a later rung in ladderMs" });
  });
});

describe.each(["replace", "append"] as const)("reads while a file is written by %s", (family) => {
  const scenario = `reads-under-${family}` as const;
  const good: ScenarioResults[typeof scenario] = {
    write: { writes: 50, lastSequence: 50, ownUnseen: [] },
    read: { reads: 200, advances: 40, torn: [], regressions: [], errors: {}, lastSequence: 48 },
    last: { reads: 1, advances: 1, torn: [], regressions: [], errors: {}, lastSequence: 50 },
  };
  const claims = ["reads-whole", "reads-monotonic", "reads-own-writes"].map((claim) => `visibility.${claim}.${family}`);

  it("passes, and says what was done", () => {
    expect(on(scenario, good).map(({ claim, verdict, detail }) => [claim, verdict, detail])).toEqual(
      claims.map((claim) => [claim, "pass", "50 writes, 200 reads, 40 of them saw something newer"]),
    );
  });

  test.each<[what: string, claim: string, change: Partial<typeof good>, names: string]>([
    ["a torn record", "reads-whole", { read: { ...good.read, torn: ['record 0: "1 4"'] } }, 'record 0: "1 4"'],
    ["a torn record at last", "reads-whole", { last: { ...good.last, torn: ["a record cut"] } }, "a record cut"],
    ["an error on the way", "reads-whole", { read: { ...good.read, errors: { ENOENT: 3 } } }, "ENOENT 3 times"],
    ["a return", "reads-monotonic", { read: { ...good.read, regressions: ["4 after 7"] } }, "4 after 7"],
    [
      "a lost last write",
      "reads-monotonic",
      { last: { ...good.last, lastSequence: 49 } },
      "the last write 50 was never seen, only 49",
    ],
    [
      "an own write unseen",
      "reads-own-writes",
      { write: { ...good.write, ownUnseen: ["wrote 5, read back 4"] } },
      "wrote 5, read back 4",
    ],
  ])("%s breaks one claim and names it", (_, claim, change, names) => {
    const failed = on(scenario, { ...good, ...change }).filter(({ verdict }) => verdict !== "pass");
    expect(failed.map((finding) => [finding.claim, finding.verdict])).toEqual([
      [`visibility.${claim}.${family}`, "fail"],
    ]);
    expect(failed[0]?.detail).toContain(names);
  });

  it("is undecided where too little happened", () => {
    const nothing = {
      ...good,
      write: { ...good.write, writes: 2, lastSequence: 2 },
      read: { ...good.read, advances: 0 },
    };
    expect(new Set(on(scenario, nothing).map(({ verdict }) => verdict))).toEqual(new Set(["inconclusive"]));
  });
});

describe("exclusion by flock", () => {
  const FLOCK = "visibility.exclusion.flock";
  const one: HeldInterval[] = [
    [0, 2],
    [10, 12],
    [20, 22],
  ];
  const locks = (other: HeldInterval[], asked: Asked = {}) =>
    verdictOf(on("flock-exclusion", { held: [one, other], refused: [1, 2] }, { asked }), FLOCK);

  it("passes when both sides took turns", () => {
    expect(
      locks([
        [3, 5],
        [13, 15],
        [23, 25],
      ]),
    ).toEqual(["pass", "held 3 and 3 times, refused 1 and 2 times"]);
  });

  it("fails when both held at once, and says how often", () => {
    expect(
      locks([
        [3, 5],
        [11, 15],
        [20, 25],
      ]),
    ).toEqual(["fail", "2 times both sides held the lock at once (held 3 and 3 times, refused 1 and 2 times)"]);
  });

  it("does not take the distance of two clocks for an overlap", () => {
    expect(
      locks(
        [
          [3, 5],
          [11, 15],
          [20.5, 25],
        ],
        { clockHalfWidthNs: 2 },
      )[0],
    ).toBe("pass");
  });

  it("is undecided when one side hardly ever had it, or the clocks may be further apart than it is held", () => {
    expect(locks(one, { clockHalfWidthNs: 3 })[0]).toBe("inconclusive");
    expect(locks([[3, 5]])[0]).toBe("inconclusive");
    expect(locks([])[0]).toBe("inconclusive");
  });

  test("overlaps are those that comparing everything with everything finds", () => {
    const holder = fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 20 })), { maxLength: 30 }).map((steps) => {
      let at = 0;
      return steps.map(([pause, held]): HeldInterval => {
        const from = at + pause;
        at = from + held;
        return [from, at];
      });
    });
    fc.assert(
      fc.property(holder, holder, fc.nat(3), (left, right, halfWidthNs) => {
        let count = 0;
        for (const [from, to] of left)
          for (const [otherFrom, otherTo] of right)
            if (Math.min(to, otherTo) - Math.max(from, otherFrom) > halfWidthNs) count++;
        expect(overlaps(left, right, halfWidthNs)).toBe(count);
        expect(overlaps(right, left, halfWidthNs)).toBe(count);
      }),
      { numRuns: 500 },
    );
  });
});

describe("exclusion by O_EXCL", () => {
  const CREATE = "visibility.exclusion.create";
  const race = (one: string[], other: string[], errors: Record<string, number> = {}) =>
    verdictOf(on("create-exclusion", { names: 4, won: [one, other], errors }), CREATE);

  it("passes when every name made by just one side", () => {
    expect(race(["a", "b"], ["c", "d"])).toEqual(["pass", "4 races, won 2 to 2"]);
  });

  test.each([
    ["made by both", ["a", "b", "c"], ["c", "d"], {}, "1 name made by both sides"],
    ["made by neither", ["a"], ["c"], {}, "2 names made by neither side"],
    ["made by both and by neither", ["a", "b"], ["b"], {}, "1 name made by both sides; 2 names made by neither side"],
    ["refused for another reason", ["a", "b"], ["c", "d"], { EIO: 3 }, "EIO 3 times"],
  ])("fails on names that were %s", (_, one, other, errors, names) => {
    const [verdict, detail] = race(one, other, errors);
    expect(verdict).toBe("fail");
    expect(detail).toContain(names);
  });

  it("is undecided when one side always came first", () => {
    expect(race(["a", "b", "c", "d"], [])[0]).toBe("inconclusive");
  });
});

describe("many files", () => {
  const whole = { missing: 0, phantom: 0, contradictions: [] as string[] };
  const many = (made: Partial<typeof whole>, removed: Partial<typeof whole>) =>
    verdictOf(
      on("many-files", {
        count: 100,
        madeNs: 1e6,
        removedNs: 9e6,
        made: { ...whole, completeNs: 3e6, ...made },
        removed: { ...whole, completeNs: 9.5e6, ...removed },
      }),
      "visibility.many-files",
    );

  it("passes, and says how long both took", () => {
    expect(many({}, {})).toEqual([
      "pass",
      "100 files made, complete after 2 ms; every second one removed, complete after 500 µs",
    ]);
  });

  test.each([
    [{ missing: 3 }, {}, "3 missing after making"],
    [{ phantom: 1 }, {}, "1 phantom after making"],
    [{}, { phantom: 2 }, "2 phantoms after removing"],
    [{}, { contradictions: ["m1", "m3"] }, "readdir and stat contradict each other on 2 names after removing"],
  ])("fails on %j and %j, and names it", (made, removed, names) => {
    const [verdict, detail] = many(made, removed);
    expect(verdict).toBe("fail");
    expect(detail).toContain(names);
  });
});

describe("a file over 4 GiB", () => {
  const large = (marks: number, wrong: string[]) =>
    verdictOf(on("large-file", { sizeBytes: 2 ** 32 + 8192, marks, wrong }), "visibility.large-file");

  it("passes, fails by what is wrong with it, and is undecided without marks", () => {
    expect(large(4, [])).toEqual(["pass", "4 GiB, 4 marks"]);
    expect(large(4, ["size 1 instead of 2 bytes"])).toEqual(["fail", "size 1 instead of 2 bytes (4 GiB, 4 marks)"]);
    expect(large(0, [])[0]).toBe("inconclusive");
  });
});

describe("a file mounted by itself", () => {
  const single = (editSeenMs: number | null, replaceSeenMs: number | null) =>
    verdictOf(on("single-file-mount", { editSeenMs, editLast: "before", replaceSeenMs }), "visibility.single-file");

  it("passes when an edit is seen, and tells of the replace, which need not be", () => {
    expect(single(2, null)).toEqual([
      "pass",
      expect.stringContaining("edit in place seen after 2 ms; a replace by rename was not seen"),
    ]);
    expect(single(2, 5)).toEqual(["pass", expect.stringContaining("a replace by rename was seen after 5 ms")]);
  });

  it("fails when an edit is not, and tells what was read instead", () => {
    expect(single(null, null)).toEqual([
      "fail",
      expect.stringContaining('an edit in place was not seen; the container read "before"'),
    ]);
  });
});

describe("a database of both sides", () => {
  const side = { commits: 40, takeovers: 9, problems: [] as string[] };
  const database = (problems: string[], raw: Record<string, unknown>, takeovers = 9) =>
    verdictOf(
      on(
        "database",
        {
          reports: [
            { ...side, takeovers },
            { ...side, takeovers, problems },
          ],
        },
        { raw },
      ),
      "visibility.database",
    );

  it("passes when both took over from each other and found all as the index says", () => {
    expect(database([], { expect: "native" })).toEqual(["pass", "40 and 40 commits, 18 take-overs"]);
  });

  it("fails on what one found wrong", () => {
    expect(database(["second side: the log has 3 bytes where the index says 7"], { expect: "native" })).toEqual([
      "fail",
      "second side: the log has 3 bytes where the index says 7 (40 and 40 commits, 18 take-overs)",
    ]);
  });

  it("is undecided when nobody took over", () => {
    expect(database([], { expect: "native" }, 1)[0]).toBe("inconclusive");
  });

  it("is not judged where mappings are not promised, and told", () => {
    const [verdict, detail] = database(["torn"], { expect: "ttl-cache" });
    expect([verdict, detail]).toEqual(["skipped", expect.stringContaining("does not hold: torn")]);
    expect(database([], { expect: "ttl-cache" })[0]).toBe("pass");
  });
});

test("what was not right within the time-out may be so within the promise", () => {
  const missing = { missing: 1, phantom: 0, contradictions: [] };
  const result = { count: 10, madeNs: 0, removedNs: 0, made: missing, removed: { ...missing, missing: 0 } };
  const judged = (raw: Record<string, unknown>) =>
    verdictOf(on("many-files", result, { raw: { expect: "close-to-open", ...raw } }), "visibility.many-files");
  expect(judged({})).toEqual([
    "inconclusive",
    expect.stringMatching(/^1 missing after making.*; promised within 60 s$/),
  ]);
  expect(judged({ timeoutMs: "2min" })[0]).toBe("fail");
  expect(judged({ ttlMs: 1000 })[0]).toBe("fail");
});

describe("scenarios that could not be run", () => {
  const SCENARIO = "visibility.scenario";
  const planned = { scenario: "database", direction: "host-to-container" } as const;
  const context = contextOf({}, { scenarios: [planned] });

  test("one that was refused is skipped, one of unknown end is undecided, with the reason", () => {
    for (const [kind, verdict] of [
      ["fail", "skipped"],
      ["unknown", "inconclusive"],
    ] as const) {
      const history = draftHistory();
      history.scenario(planned, kind, "ENOSYS");
      expect(verdictOf(judge(history, context), SCENARIO)).toEqual([verdict, "database: ENOSYS"]);
    }
  });

  test("what was not reached is told", () => {
    expect(verdictOf(judge(draftHistory(), context), SCENARIO)).toEqual([
      "inconclusive",
      "1 of 1 scenarios were not run",
    ]);
  });

  test("nothing is said where none was planned", () => {
    expect(judge(draftHistory(), contextOf({}, { scenarios: [] }), SCENARIO)).toEqual([]);
  });
});
