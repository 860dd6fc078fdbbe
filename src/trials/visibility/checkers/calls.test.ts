import { describe, expect, it } from "vitest";
import type { JudgeContext } from "../../../core/trial.ts";
import type { Cell, VisibilityOp } from "../model.ts";
import { type VisibilityOptions, visibilityOptions } from "../options.ts";
import type { VisibilitySteps } from "../plan.ts";
import { callsChecker } from "./calls.ts";

const CELL: Cell = { operation: "create", direction: "host-to-container", state: "polling", observer: "stat" };

/** Judges samples that ended so: "" is well, everything else the recorded reason of a failure. */
function judged(reasons: string[], cell: Cell = CELL) {
  const context = { options: visibilityOptions.parse({}), complete: true } as JudgeContext<
    VisibilityOptions,
    VisibilitySteps
  >;
  const fold = callsChecker.begin(context);
  for (const [index, reason] of reasons.entries()) {
    const op: VisibilityOp = { type: "sample", cell, environment: "env-0", number: index };
    const ended = reason === "" ? { kind: "ok" as const } : { kind: "fail" as const, reason };
    fold.see({ ...ended, op, process: "env-0", invokeIndex: 0, index, timeNs: index });
  }
  return fold.finish().map(({ verdict, detail, events }) => [verdict, detail, events]);
}

describe("calls of the file system", () => {
  it("pass when they ended well, and when what is not offered was refused", () => {
    expect(judged(["", "", "EOPNOTSUPP: setxattr failed"])).toEqual([["pass", "2 operations ended well", []]]);
  });

  it("fail with the error, how often and where, however many went well", () => {
    expect(judged(["", "EIO: i/o error, open", "", "EIO: i/o error, open"])).toEqual([
      ["fail", "EIO: i/o error, open (2x)", [1, 3]],
    ]);
  });

  it("say nothing without a call of the mount's own", () => {
    expect(judged([])).toEqual([]);
    expect(judged(["EIO: i/o error, open"], { ...CELL, direction: "floor-on-host" })).toEqual([]);
  });
});
