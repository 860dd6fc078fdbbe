import { describe, expect, test } from "vitest";
import { damageOf, IntegrityHistory } from "../../../../test/fixtures/integrity-events.ts";
import { DAMAGE_KINDS } from "../model.ts";
import { DAMAGE_CLAIMS } from "./claims.ts";
import { integrityCheckers } from "./index.ts";

const clean = () => new IntegrityHistory().session().wrote(0, 16).verified();

/** Without the bounds' own claim, which needs damage at places that the workload really wrote. */
const verdicts = (history: IntegrityHistory): string[] =>
  history
    .judge()
    .filter(({ verdict, claim }) => verdict !== "pass" && claim !== "integrity.oracle")
    .map(({ claim, verdict }) => `${claim} ${verdict}`);

describe("what the judges say", () => {
  test("a run without damage passes every claim that was tried", () => {
    const findings = clean().judge();
    expect(verdicts(clean())).toEqual([]);
    expect(findings.map(({ claim }) => claim)).toContain("integrity.acknowledged");
    expect(findings.every(({ detail }) => /\d/.test(detail))).toBe(true);
  });

  test("an empty history is no pass of anything", () => {
    expect(new IntegrityHistory().judge().filter(({ verdict }) => verdict === "pass")).toEqual([]);
    expect(verdicts(new IntegrityHistory())).toEqual(["integrity.read-back inconclusive"]);
  });

  test("each kind of damage breaks one claim and is named in it", () => {
    for (const kind of DAMAGE_KINDS) {
      const claims = DAMAGE_CLAIMS.filter(({ broken }) => broken.includes(kind));
      expect(claims, kind).toHaveLength(1);
      const history = clean().verified([damageOf(kind)]);
      expect(verdicts(history)).toEqual([`${claims[0]?.claim} fail`]);
      expect(history.judge().find(({ verdict }) => verdict === "fail")?.detail).toContain(
        `1 block: ${kind} at data file 1, bytes 12288 to 16383`,
      );
    }
  });

  test("every claim is among those that the checkers say they can make", () => {
    const known = new Set(integrityCheckers.flatMap(({ claims }) => claims));
    const history = clean()
      .crashed(16, 32)
      .fault("crash")
      .verified([damageOf("torn")]);
    for (const { claim } of history.judge()) expect(known).toContain(claim);
  });

  test("damage that two readings find counts once, damage at two places twice", () => {
    const twice = clean()
      .verified([damageOf("bit-flip")])
      .verified([damageOf("bit-flip")], {}, "buffered");
    expect(twice.claim("content").detail).toMatch(/^1 block: /);
    const two = clean().verified([damageOf("bit-flip"), damageOf("bit-flip", { block: 9 })]);
    expect(two.claim("content").detail).toMatch(/^2 blocks: /);
  });

  test("damage beyond the list is counted, however little of it is listed", () => {
    const history = clean().verified([damageOf("lost-write")], { counts: { "lost-write": 5000 } });
    expect(history.claim("acknowledged").detail).toMatch(/^5000 blocks: lost-write/);
    const unlisted = clean().verified([], { counts: { garbage: 7 } });
    expect(unlisted.claim("content")).toMatchObject({ verdict: "fail" });
  });

  test("what was found is told: where it belongs, its generation and epoch", () => {
    const found = { region: 1, block: 8, generation: 4, sequence: 99, epoch: 2 };
    const { detail } = clean()
      .verified([damageOf("misdirected", { found, allowed: { low: 5, high: 6 } })])
      .claim("place");
    expect(detail).toContain("found generation 4 of data file 1, bytes 32768 to 36863, written in epoch 2");
    expect(detail).toContain("want generation 5 to 6");
  });
});

describe("what is read back on the fly", () => {
  test("counts as any other reading does", () => {
    const backlog = { slots: 8, damages: [damageOf("torn")], damageCount: 1 };
    const history = new IntegrityHistory().session().wrote(0, 16, { backlog }).verified();
    expect(history.claim("content")).toMatchObject({
      verdict: "fail",
      detail: expect.stringMatching(/^1 block: torn .*\(while it was written\)$/),
    });
  });
});

describe("what was not tried", () => {
  test("without a sync nothing was acknowledged", () => {
    const history = new IntegrityHistory().session().wrote(0, 16, { synced: 0 }).verified();
    expect(verdicts(history)).toEqual(["integrity.acknowledged inconclusive"]);
  });

  test("what was written last and not read back is inconclusive", () => {
    const open = ["integrity.acknowledged inconclusive", "integrity.read-back inconclusive"];
    expect(verdicts(clean().wrote(16, 20))).toEqual(open);
    expect(verdicts(clean().wrote(16, 20).verificationLost())).toEqual(open);
  });

  test("what a crash left and was written over before anybody read it is inconclusive", () => {
    const over = clean().crashed(16, 32).verificationLost().session().wrote(32, 48).verified();
    expect(verdicts(over)).toEqual(["integrity.acknowledged inconclusive", "integrity.read-back inconclusive"]);
    expect(over.claim("read-back").detail).toMatch(/^after 1 of the crashes nothing was read back/);
    expect(verdicts(clean().crashed(16, 32).verified().session().wrote(32, 48).verified())).toEqual([]);
  });

  test("a pass says when nothing was read past the page cache", () => {
    const cached = new IntegrityHistory().session().wrote(0, 16).verified([], {}, "buffered");
    expect(cached.claim("read-back")).toMatchObject({
      verdict: "pass",
      detail: expect.stringContaining("none of them"),
    });
    expect(clean().claim("read-back").detail).not.toContain("none of them");
  });

  test("a planned crash that met no writer is inconclusive", () => {
    const history = (crashed: number) => {
      const events = new IntegrityHistory({ crashes: 2, crash: "kill" });
      for (let i = 0; i < crashed; i++)
        events
          .session()
          .crashed(16 * i, 16 * (i + 1))
          .verified();
      return events.session().wrote(160, 176).verified();
    };
    expect(history(2).claim("crashed")).toMatchObject({ verdict: "pass" });
    expect(history(1).claim("crashed")).toMatchObject({
      verdict: "inconclusive",
      detail: expect.stringMatching(/^1 of 2/),
    });
  });
});

describe("calls that fail", () => {
  const failure = (systemCode: string) => ({
    failures: [{ step: 3, call: "write" as const, systemCode }],
    failureCount: 1,
  });

  test("without a fault that refuses them they are the storage's failure", () => {
    expect(clean().wrote(16, 32, failure("EIO")).verified().claim("calls")).toEqual({
      verdict: "fail",
      detail: "write: EIO",
    });
  });

  test("after a fault that refuses them they are what is wanted", () => {
    const history = clean().fault("write-error").wrote(16, 32, failure("EIO")).verified();
    expect(history.claim("calls")).toMatchObject({
      verdict: "pass",
      detail: expect.stringContaining("1 call failed after"),
    });
  });

  test("a power cut excuses what failed before its end, not what fails on the disk that is mounted anew", () => {
    const cut = () => new IntegrityHistory().session().crashed(0, 16).fault("power-cut").fault("power-cut", "healed");
    const after = cut().verified().session().wrote(16, 32, failure("EIO")).verified();
    expect(after.claim("calls")).toEqual({ verdict: "fail", detail: "write: EIO" });

    const between = clean().fault("write-error").fault("write-error", "healed").wrote(16, 32, failure("EROFS"));
    expect(between.claim("calls").verdict).toBe("pass");
    between.fault("power-cut").fault("power-cut", "healed").session().wrote(32, 48, failure("EIO")).verified();
    expect(between.claim("calls").verdict).toBe("fail");
  });

  test("what an injection does before it is told is excused, what was before it is not", () => {
    const history = clean().wrote(16, 32, failure("EIO"));
    const begunNs = history.events.at(-1)?.timeNs ?? 0;
    expect(history.fault("file-system-shutdown", "injected", undefined, begunNs).claim("calls").verdict).toBe("pass");
    const earlier = clean().wrote(16, 32, failure("EIO")).fault("file-system-shutdown");
    expect(earlier.claim("calls").verdict).toBe("fail");
  });

  test("no room and no rights are for the user to give", () => {
    expect(clean().wrote(16, 32, failure("ENOSPC")).verified().claim("calls").verdict).toBe("inconclusive");
    const both = clean().wrote(16, 32, failure("ENOSPC")).wrote(32, 48, failure("EIO")).verified();
    expect(both.claim("calls").verdict).toBe("fail");
  });

  test("calls beyond the list are counted", () => {
    const many = { ...failure("EIO"), failureCount: 12 };
    expect(clean().wrote(16, 32, many).verified().claim("calls").detail).toBe("write: EIO (12x)");
  });
});

describe("reads that disagree", () => {
  const again = (other: "right" | "zeroed", same: "right" | "zeroed") =>
    damageOf("zeroed", { again: { otherPath: "buffered", other, same } });

  test("by the other path", () => {
    expect(
      clean()
        .verified([again("right", "zeroed")])
        .claim("stable-reads"),
    ).toMatchObject({
      verdict: "fail",
      detail: expect.stringContaining("the page cache hides it"),
    });
    const stale = damageOf("zeroed", { again: { otherPath: "direct", other: "right", same: "zeroed" } });
    expect(clean().verified([stale], {}, "buffered").claim("stable-reads").detail).toContain("stale cache");
  });

  test("by the same path", () => {
    expect(
      clean()
        .verified([again("zeroed", "right")])
        .claim("stable-reads").detail,
    ).toContain("unstable");
  });

  test("media that is wrong both ways is no unstable read", () => {
    expect(
      clean()
        .verified([again("zeroed", "zeroed")])
        .claim("stable-reads").verdict,
    ).toBe("pass");
  });
});

describe("the reader's bounds", () => {
  test("a file with more than was written is no error of ours", () => {
    const beyond = damageOf("extended", { block: 256, allowed: { low: 0, high: 0 } });
    expect(clean().verified([beyond]).claim("oracle").verdict).toBe("pass");
  });

  test("other bounds than the record's are an error of ours, not of the storage", () => {
    const history = clean().verified([damageOf("lost-write", { allowed: { low: 77, high: 78 } })]);
    expect(history.claim("oracle")).toMatchObject({ verdict: "errored", detail: expect.stringContaining("77 to 78") });
  });
});
