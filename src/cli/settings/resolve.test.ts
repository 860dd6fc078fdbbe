import fs from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { echo, flaggedPlacebo } from "../../../test/fixtures/command-line.ts";
import { temporaryFolder } from "../../../test/fixtures/folders.ts";
import { createSimulatedRuntime } from "../../testing/index.ts";
import { visibilityTrial } from "../../trials/visibility/trial.ts";
import { volumeTrial } from "../../trials/volume/trial.ts";
import type { RunFlags } from "../flags.ts";
import { repeatCommand } from "./repeat.ts";
import { resolveRun, type RunSettings } from "./resolve.ts";

const composition = {
  trials: [flaggedPlacebo, echo, visibilityTrial],
  runtimes: ["docker", "embedded"].map((id) => ({
    id,
    preference: 0,
    create: () => createSimulatedRuntime({ tasks: {} }),
  })),
};

/** `flags` as commander hands them over: texts of trials' flags as lists. */
function resolve(flags: Partial<RunFlags> & Record<string, unknown> = {}, words = ["placebo"], env = {}): RunSettings {
  return resolveRun({ words, flags: { color: true, ...flags }, env, composition });
}

function planFile(text: string): string {
  const file = path.join(temporaryFolder(), "plan.yaml");
  fs.writeFileSync(file, text);
  return file;
}

/** The error's code and its message without the folder of the plan file. */
function refusal(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return `${code} ${message.replaceAll(/\/\S*\/(?=plan.yaml)/g, "")}`;
  }
  return "accepted";
}

describe("where a setting comes from", () => {
  const file = () => planFile("profile: standard\nseed: 9\ntrials:\n  placebo:\n    operations: 4\n");
  const operations = ({ trials: [one] }: RunSettings) => [one?.complete["operations"], one?.origins.get("operations")];

  test("a default, a profile, a file, the environment, a flag: each goes over the one before", () => {
    const env = { SEATRIAL_OPERATIONS: "2" };
    expect(operations(resolve())).toEqual([5, undefined]);
    expect(operations(resolve({ profile: "standard" }))).toEqual([50, "profile standard"]);
    expect(operations(resolve({ plan: file() }))).toEqual([4, expect.stringMatching(/plan\.yaml:5:5$/)]);
    expect(operations(resolve({ plan: file() }, ["placebo"], env))).toEqual([2, "SEATRIAL_OPERATIONS"]);
    expect(operations(resolve({ plan: file(), operations: ["1"] }, [], env))).toEqual([1, "--operations"]);
    expect(operations(resolve({ operations: ["1"], set: ["operations=3"] }))).toEqual([3, "--set"]);
  });

  test("the same for what is of no trial", () => {
    expect(resolve({ plan: file() })).toMatchObject({ seed: { value: "9" }, profile: { value: "standard" } });
    expect(resolve({ plan: file() }, [], { SEATRIAL_SEED: "8" }).seed).toEqual({ value: "8", from: "SEATRIAL_SEED" });
    expect(resolve({ plan: file(), seed: "7" }).seed).toEqual({ value: "7", from: "--seed" });
    expect(resolve().seed.value).toMatch(/^[0-9a-f]{8}$/);
  });

  test("a file chooses the trials unless they are named", () => {
    const ids = (settings: RunSettings) => settings.trials.map(({ trial }) => trial.id);
    expect(ids(resolve({}, []))).toEqual(["placebo", "echo", "visibility"]);
    expect(ids(resolve({ plan: file() }, []))).toEqual(["placebo"]);
    expect(ids(resolve({ plan: file() }, ["echo", "placebo"]))).toEqual(["echo", "placebo"]);
  });
});

describe("a flag of several trials", () => {
  it("applies to those that know it", () => {
    const settings = resolve({ operations: ["3"], subject: ["liar"] }, ["placebo", "echo"]);
    expect(settings.trials.map(({ complete }) => [complete["operations"], complete["subject"]])).toEqual([
      [3, "liar"],
      [3, "honest"],
    ]);
  });

  it("is refused where none of the chosen trials knows it", () => {
    expect(refusal(() => resolve({ echoes: ["3"] }))).toBe("FLAG_OF_NO_TRIAL --echoes is not known to placebo");
    expect(refusal(() => resolve({ breaks: ["run"] }, ["echo"]))).toContain("--breaks is not known to echo");
  });

  it("adds up where it may be repeated, and the last word holds where not", () => {
    const limit = ["create.p99=10ms", "all.mean=5ms"];
    const { trials } = resolve({ limit, samples: ["1", "2"] }, ["visibility"]);
    expect(trials[0]?.complete).toMatchObject({ limits: { "create.p99": 10, "all.mean": 5 }, samples: 2 });
  });
});

describe("--set", () => {
  test.each([
    ["operations=3", { operations: 3 }],
    ["placebo.operations=3", { operations: 3 }],
    ["subject=liar", { subject: "liar" }],
    ["faults=[]", { faults: [] }],
  ])("%s", (text, expected) => {
    expect(resolve({ set: [text] }).trials[0]?.complete).toMatchObject(expected);
  });

  it("sets one key of an object", () => {
    const { trials } = resolve({ set: ["limits.create.p99=10ms", "visibility.limits.all.mean=1"] }, ["visibility"]);
    expect(trials[0]?.complete).toMatchObject({ limits: { "create.p99": 10, "all.mean": 1 } });
  });

  it("goes to the trial that it names, or to those that know the option", () => {
    const { trials } = resolve({ set: ["echo.operations=3", "samples=1"] }, ["placebo", "echo", "visibility"]);
    expect(trials.map(({ complete }) => complete["samples"] ?? complete["operations"])).toEqual([5, 3, 1]);
  });

  test.each([
    ["operatons=3", 'OPTIONS_INVALID --set: unknown key "operatons" (did you mean "operations"?)'],
    ["operations", "SETTING_INVALID --set operations: want key=value, such as samples=50"],
    ["=3", "SETTING_INVALID --set =3: want key=value"],
    ["faults=[", "SETTING_INVALID --set faults=[:"],
    ["operations=-1", "OPTIONS_INVALID --set: operations is -1; it must be at least 0"],
  ])("%s is refused", (text, message) => {
    expect(refusal(() => resolve({ set: [text] }))).toContain(message);
  });
});

describe("a value that cannot be", () => {
  test.each<[flags: object, env: object, message: string]>([
    [{ samples: ["0"] }, {}, "OPTIONS_INVALID --samples: samples is 0; it must be at least 1"],
    [{ environments: ["17"] }, {}, "OPTIONS_INVALID --environments: environments is 17; it must be at most 16"],
    [{ operations: ["creat"] }, {}, '(did you mean "create"?)'],
    [{ samples: ["many"] }, {}, 'VISIBILITY_OPTION --samples wants a whole number, not "many"'],
    [{}, { SEATRIAL_SAMPLES: "many" }, "SETTING_INVALID SEATRIAL_SAMPLES: --samples wants a whole number"],
    [{}, { SEATRIAL_SAMPLES: "0" }, "OPTIONS_INVALID SEATRIAL_SAMPLES: samples is 0"],
    [{}, { SEATRIAL_PROFILE: "fast" }, 'SETTING_INVALID SEATRIAL_PROFILE: profile is "fast"; it must be one of quick'],
    [{}, { SEATRIAL_RUNTIME: "dokcer" }, 'RUNTIME_UNKNOWN SEATRIAL_RUNTIME: there is no runtime "dokcer"'],
  ])("%j %j", (flags, env, message) => {
    expect(refusal(() => resolve({ ...flags }, ["visibility"], env))).toContain(message);
  });
});

describe("a plan file", () => {
  test.each([
    ["trials: [", "PLAN_FILE_INVALID plan.yaml:1:"],
    ["a: 1\na: 2", "PLAN_FILE_INVALID plan.yaml:2:1: Map keys must be unique"],
    ["runtme: docker", 'PLAN_FILE_INVALID plan.yaml:1:1: unknown key "runtme" (did you mean "runtime"?)'],
    ["\nprofile: fast", 'PLAN_FILE_INVALID plan.yaml:2:1: profile is "fast"; it must be one of quick'],
    ["trials:\n  placeb: {}", 'PLAN_FILE_INVALID plan.yaml:2:3: unknown key "placeb" (did you mean "placebo"?)'],
    ["trials:\n  placebo: 3", "PLAN_FILE_INVALID plan.yaml:2:3: trials.placebo is 3"],
    [
      "trials:\n  placebo:\n    operatons: 3\n    subject: liar",
      'PLAN_FILE_INVALID plan.yaml:3:5: unknown key "operatons" (did you mean "operations"?)',
    ],
    [
      "trials:\n  visibility:\n    operations:\n      - create\n      - creat",
      'PLAN_FILE_INVALID plan.yaml:5:9: operations.1 is "creat"',
    ],
    ["trials:\n  visibility: {timeoutMs: 5 parsecs}", "PLAN_FILE_INVALID plan.yaml:2:16: timeoutMs is"],
    ["- 1", "PLAN_FILE_INVALID plan.yaml:1:1:"],
  ])("%j is refused with its place", (text, message) => {
    expect(refusal(() => resolve({ plan: planFile(text) }, []))).toContain(message);
  });

  it("that is not there is refused", () => {
    expect(refusal(() => resolve({ plan: "/nowhere/plan.yaml" }))).toContain("PLAN_FILE_UNREADABLE ENOENT");
  });

  test.each(["", "# nothing\n", "trials:\n  placebo:\n"])("%j says nothing, which is fine", (text) => {
    expect(resolve({ plan: planFile(text) }).trials).toHaveLength(1);
  });
});

describe("the command that repeats a run", () => {
  /** Undoes the quoting of a POSIX shell. */
  const words = (command: string) =>
    [...command.matchAll(/(?:'[^']*'|\\'|[^\s'\\])+/g)].map(([word]) =>
      word.replaceAll(/'([^']*)'|\\'/g, (_, inner: string | undefined) => inner ?? "'"),
    );

  /** Its flags, as the parser hands them over. */
  const givenBy = (command: string) => {
    const [, , , ...flags] = words(command);
    const given: Record<string, unknown> = {};
    for (let i = 0; i < flags.length; i += 2) {
      const name = flags[i]?.slice(2) ?? "";
      const isOwn = ["runtime", "profile", "seed"].includes(name);
      given[name] = isOwn ? flags[i + 1] : [...((given[name] as string[] | undefined) ?? []), flags[i + 1]];
    }
    return given;
  };

  it("gives the very same options, whatever they came from", () => {
    const option = fc.record(
      {
        samples: fc.integer({ min: 1, max: 99 }),
        timeoutMs: fc.oneof(fc.integer({ min: 1, max: 9999 }), fc.constant("30s")),
        operations: fc.uniqueArray(fc.constantFrom("create", "append", "unlink"), { minLength: 1 }),
        scenarios: fc.constantFrom([], ["ladder"]),
        limits: fc.dictionary(fc.constantFrom("create.p99", "all.mean"), fc.integer({ min: 1, max: 9 })),
        path: fc.string({ minLength: 1 }).map((text) => `/${text}`),
      },
      { requiredKeys: [] },
    );
    const flag = fc.record(
      {
        samples: fc.constantFrom("1", "99"),
        timeout: fc.constantFrom("7", "250ms", "2min"),
        states: fc.constantFrom("never", "never,looked"),
        scenarios: fc.constantFrom("none", "ladder"),
        limit: fc.constantFrom("create.p99=10ms"),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(option, flag, (options, flags) => {
        const set = Object.entries(options).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
        const texts = Object.fromEntries(Object.entries(flags).map(([name, text]) => [name, [text]]));
        const settings = resolve({ ...texts, set, seed: 'it\'s "1"' }, ["visibility"]);
        const again = resolve(givenBy(repeatCommand(settings, "auto")), ["visibility"]);
        expect(again.trials[0]?.complete).toEqual(settings.trials[0]?.complete);
        expect(again.seed.value).toBe(settings.seed.value);
      }),
      { numRuns: 200 },
    );
  });

  it("has entries of lists and objects written out, where flags cannot give them in one go", () => {
    const texts = {
      serve: ["my-driver --socket {socket}"],
      focus: ["M06,P"],
      option: ["size=1g", "label=it's"],
      badOption: ["size=abc", "mode=999"],
      requiredOption: ["size", "pool"],
      faultCommand: ["away=cut 'the cable'"],
      healCommand: ["mend"],
    };
    const sources = { words: ["volume"], env: {}, composition: { ...composition, trials: [volumeTrial] } };
    const settings = resolveRun({ ...sources, flags: { color: true, ...texts } });
    const again = resolveRun({ ...sources, flags: { color: true, ...givenBy(repeatCommand(settings, "auto")) } });
    expect(again.trials[0]?.complete).toEqual(settings.trials[0]?.complete);
    expect(settings.trials[0]?.complete).toMatchObject({ badOptions: [{ size: "abc" }, { mode: "999" }] });
  });
});
