import { describe, expect, it, test } from "vitest";
import { z } from "zod";
import { parseDurationNs } from "../../core/quantity.ts";
import { PROFILES } from "../../core/trial.ts";
import { OPERATIONS, SCENARIOS } from "./model.ts";
import { parseLimits, visibilityFlags, visibilityOptions, visibilityProfiles } from "./options.ts";

const complaintOn = (raw: unknown): string => {
  const parsed = visibilityOptions.safeParse(raw);
  return parsed.success ? "" : z.prettifyError(parsed.error);
};

describe("options of a plan file", () => {
  it("need not be given", () => {
    expect(visibilityOptions.parse({})).toMatchObject({
      samples: 25,
      timeoutMs: 15_000,
      operations: [...OPERATIONS],
      scenarios: [...SCENARIOS],
      expect: "auto",
      limits: {},
      faults: [],
    });
  });

  it("take durations in milliseconds or with a unit", () => {
    const parsed = visibilityOptions.parse({
      timeoutMs: "30s",
      eventTimeoutMs: "1.5 s",
      maxDurationMs: "2min",
      scenarioDurationMs: 250,
      ttlMs: "0s",
      limits: { "create.p99": "10ms", "all.mean": 5 },
    });
    expect(parsed).toMatchObject({
      timeoutMs: 30_000,
      eventTimeoutMs: 1500,
      maxDurationMs: 120_000,
      scenarioDurationMs: 250,
      ttlMs: 0,
      limits: { "create.p99": 10, "all.mean": 5 },
    });
  });

  test.each<[raw: Record<string, unknown>, complaint: RegExp]>([
    [{ timeout: 5 }, /Unrecognized key: "timeout"/],
    [{ timeoutMs: "5" }, /a duration with a unit such as 30s[\s\S]*timeoutMs/],
    [{ timeoutMs: "soon" }, /a duration with a unit/],
    [{ timeoutMs: true }, /a duration with a unit/],
    [{ timeoutMs: 0 }, />=1[\s\S]*timeoutMs/],
    [{ timeoutMs: "2h" }, /<=3600000[\s\S]*timeoutMs/],
    [{ samples: 0 }, />=1[\s\S]*samples/],
    [{ samples: 1.5 }, /int[\s\S]*samples/],
    [{ samples: "5" }, /number[\s\S]*samples/],
    [{ environments: 17 }, /<=16[\s\S]*environments/],
    [{ operations: [] }, />=1[\s\S]*operations/],
    [{ operations: ["creat"] }, /"create"[\s\S]*operations\[0\]/],
    [{ operations: ["create", "mkdir", "create"] }, /named twice[\s\S]*operations/],
    [{ scenarios: ["ladder", "ladder"] }, /named twice[\s\S]*scenarios/],
    [{ states: "never" }, /array[\s\S]*states/],
    [{ manyFiles: 1 }, />=2[\s\S]*manyFiles/],
    [{ ladderMs: [] }, />=1[\s\S]*ladderMs/],
    [{ path: "relative" }, /start with "\/"[\s\S]*path/],
    [{ share: "relative" }, /start with "\/"[\s\S]*share/],
    [{ image: "" }, />=1[\s\S]*image/],
    [{ expect: "fast" }, /"native"[\s\S]*expect/],
    [{ limits: { "create.p50": "quick" } }, /a duration with a unit[\s\S]*limits/],
    [{ faults: [{ kind: "pause", spec: {}, startMs: 0 }] }, /durationMs/],
    [{ faults: [{ kind: "pause", spec: {}, startMs: 0, durationMs: 1, when: 1 }] }, /Unrecognized key: "when"/],
  ])("%j are refused by name and limit", (raw, complaint) => {
    expect(complaintOn(raw)).toMatch(complaint);
  });

  it("have a JSON Schema of what may be written, that knows every option and takes no other", () => {
    const schema = z.toJSONSchema(visibilityOptions, { io: "input", unrepresentable: "any" });
    expect(Object.keys(schema.properties ?? {}).sort()).toEqual(Object.keys(visibilityOptions.shape).sort());
    expect(schema.additionalProperties).toBe(false);
    expect(schema.required ?? []).toEqual([]);
  });

  test.each(PROFILES)("of the profile %s are options", (profile) => {
    expect(visibilityOptions.parse(visibilityProfiles[profile])).toMatchObject(visibilityProfiles[profile]);
  });

  test("each profile takes more samples, and waits longer, than the one before", () => {
    const parsed = PROFILES.map((profile) => visibilityOptions.parse(visibilityProfiles[profile]));
    expect(parsed.map(({ samples, timeoutMs }) => [samples, timeoutMs])).toEqual([
      [25, 15_000],
      [100, 30_000],
      [500, 60_000],
    ]);
  });
});

describe("limits", () => {
  it("are of an operation or of all", () => {
    expect(parseLimits({ "rename-over.p95": 3, "all.max": 8 })).toEqual([
      { operation: "rename-over", statistic: "p95", limitMs: 3 },
      { operation: "all", statistic: "max", limitMs: 8 },
    ]);
  });

  it("name what they do not understand", () => {
    expect(() => parseLimits({ "creat.p95": 3 })).toThrow('"creat.p95": the part before the dot is an operation');
  });
});

const flag = (name: string) => {
  const found = visibilityFlags.find(({ flags }) => flags.startsWith(`${name} `));
  if (!found) throw new Error(`no flag ${name}`);
  return found;
};
const failure = (code: string) => expect.objectContaining({ code }) as Error;

describe("flags", () => {
  test.each<[name: string, text: string, options: Record<string, unknown>]>([
    ["--samples", "100", { samples: 100 }],
    ["--timeout", "30", { timeoutMs: 30_000 }],
    ["--timeout", "0.5", { timeoutMs: 500 }],
    ["--timeout", "250ms", { timeoutMs: 250 }],
    ["--event-timeout", "2s", { eventTimeoutMs: 2000 }],
    ["--max-duration", "1min", { maxDurationMs: 60_000 }],
    ["--ttl", "0", { ttlMs: 0 }],
    ["--environments", "2", { environments: 2 }],
    ["--operations", "create, append", { operations: ["create", "append"] }],
    ["--directions", "container-to-host", { directions: ["container-to-host"] }],
    ["--states", "never,held", { states: ["never", "held"] }],
    ["--observers", "stat", { observers: ["stat"] }],
    ["--scenarios", "ladder,database", { scenarios: ["ladder", "database"] }],
    ["--scenarios", "none", { scenarios: [] }],
    ["--path", "/here", { path: "/here" }],
    ["--share", "/there", { share: "/there" }],
    ["--image", "alpine", { image: "alpine" }],
    ["--expect", "native", { expect: "native" }],
    ["--limit", "create.p99=10ms", { limits: { "create.p99": 10 } }],
  ])("%s %s says what a plan file says", (name, text, options) => {
    expect(flag(name).apply(text, {})).toEqual(options);
    expect(complaintOn(options)).toBe("");
  });

  test("limits add up, and a later one wins", () => {
    const first = flag("--limit").apply("create.p99=10ms", {});
    expect(flag("--limit").apply("all.mean=5ms", first)).toEqual({ limits: { "create.p99": 10, "all.mean": 5 } });
    expect(flag("--limit").apply("create.p99=1s", first)).toEqual({ limits: { "create.p99": 1000 } });
  });

  test.each([
    ["--samples", "many", "VISIBILITY_OPTION"],
    ["--samples", "-1", "VISIBILITY_OPTION"],
    ["--samples", "1.5", "VISIBILITY_OPTION"],
    ["--environments", "", "VISIBILITY_OPTION"],
    ["--timeout", "-3", "VISIBILITY_OPTION"],
    ["--timeout", "soon", "VISIBILITY_OPTION"],
    ["--timeout", "3parsecs", "VISIBILITY_OPTION"],
    ["--ttl", "", "VISIBILITY_OPTION"],
    ["--limit", "create.p99", "VISIBILITY_LIMIT"],
    ["--limit", "create.p99=10", "VISIBILITY_LIMIT"],
    ["--limit", "create.p99=1ms=2ms", "VISIBILITY_LIMIT"],
  ])("%s %j is refused with %s", (name, text, code) => {
    expect(() => flag(name).apply(text, {})).toThrow(failure(code));
  });

  test("a complaint repeats the flag and the text", () => {
    expect(() => flag("--timeout").apply("3parsecs", {})).toThrow(
      '--timeout wants a duration such as 30s or 250ms, not "3parsecs"',
    );
    expect(parseDurationNs("3parsecs")).toBeUndefined();
  });
});
