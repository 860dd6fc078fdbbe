import { describe, expect, test } from "vitest";
import type { Controls, EnvironmentWith } from "../core/runtime.ts";
import { faults } from "./index.ts";
import { kill } from "./kill.ts";
import { pause } from "./pause.ts";

const signal = new AbortController().signal;

type Call = keyof Controls["process"] | keyof Controls["disk"];

/** An environment that writes down what its controls are asked; `refuse` names the calls that fail. */
function recordingEnvironment(...refuse: Call[]) {
  const calls: string[] = [];
  const answer =
    (call: Call) =>
    async (...args: unknown[]): Promise<never> => {
      calls.push([call, ...args.map((arg) => (typeof arg === "string" ? arg : JSON.stringify(arg)))].join(" "));
      if (refuse.includes(call)) throw new Error(`cannot ${call}`);
      return undefined as never;
    };
  const environment: EnvironmentWith<keyof Controls> = {
    name: "test",
    controls: {
      process: { kill: answer("kill"), start: answer("start"), pause: answer("pause"), resume: answer("resume") },
      disk: {
        setRules: answer("setRules"),
        cutPower: answer("cutPower"),
        restorePower: answer("restorePower"),
        damage: answer("damage"),
        shutDown: answer("shutDown"),
        setReadOnly: answer("setReadOnly"),
        statistics: answer("statistics"),
      },
    },
    container: () => {
      throw new Error("no fault looks at a container");
    },
    [Symbol.asyncDispose]: async () => {},
  };
  return { calls, environment };
}

describe("the list of faults", () => {
  test("each kind once, with a description of what it does to which container", () => {
    expect(faults.map(({ kind }) => kind)).toEqual([...new Set(faults.map(({ kind }) => kind))]);
    for (const fault of faults) {
      const spec = fault.spec.parse({ container: "db-1" });
      expect(fault.describe(spec)).toBe(`${fault.kind} container "db-1"`);
    }
  });

  test.each([{}, { container: "" }, { container: "a", signal: 9 }, undefined])("the spec %j is refused", (spec) => {
    for (const fault of faults) expect(fault.spec.safeParse(spec).success).toBe(false);
  });
});

describe("kill", () => {
  test("kills, and its undo does nothing", async () => {
    const { calls, environment } = recordingEnvironment();
    const undo = await kill.inject({ container: "a" }, environment, signal);
    await undo();
    expect(calls).toEqual(["kill a"]);
  });
});

describe("pause", () => {
  test("pauses until it is undone", async () => {
    const { calls, environment } = recordingEnvironment();
    const undo = await pause.inject({ container: "a" }, environment, signal);
    expect(calls).toEqual(["pause a"]);
    await undo();
    expect(calls).toEqual(["pause a", "resume a"]);
  });

  test("a pause that fails half-way is resumed, and the failure is thrown", async () => {
    const { calls, environment } = recordingEnvironment("pause");
    await expect(pause.inject({ container: "a" }, environment, signal)).rejects.toThrow("cannot pause");
    expect(calls).toEqual(["pause a", "resume a"]);
  });
});

test.each(faults)("$kind does nothing once the run is aborted", async (fault) => {
  const { calls, environment } = recordingEnvironment();
  const aborted = AbortSignal.abort(new Error("stop"));
  await expect(fault.inject({ container: "a" }, environment, aborted)).rejects.toThrow("stop");
  expect(calls).toEqual([]);
});
