import { describe, expect, inject, test } from "vitest";
import type { Capabilities, Capability } from "./capabilities.ts";

declare module "vitest" {
  interface ProvidedContext {
    capabilities: Capabilities;
    /** Names from `SEATRIAL_REQUIRE`: what this machine must have, so that a skip would be a lie. */
    required: string[];
  }
  interface TaskMeta {
    skipReason?: string;
  }
}

/** What becomes of a group of tests on this machine. */
export type Decision = { kind: "run" } | { kind: "skip" | "fail"; reason: string };

/** A needed capability that is missing skips the group, or fails it where the machine was promised to have it. */
export function decide(
  needed: readonly Capability[],
  lacks: Readonly<Record<Capability, string>>,
  required: readonly string[],
): Decision {
  const missing = needed.filter((name) => lacks[name] !== "");
  if (missing.length === 0) return { kind: "run" };
  const reason = missing.map((name) => `needs ${name}: ${lacks[name]}`).join("; ");
  return { kind: missing.some((name) => required.includes(name)) ? "fail" : "skip", reason };
}

/** `requires("docker")("the docker runtime", () => {...})`: a `describe` that runs only where the machine can. */
export function requires(...needed: Capability[]): (name: string, body: () => void) => void {
  const decision = decide(needed, inject("capabilities"), inject("required"));
  return (name, body) => {
    if (decision.kind === "run") describe(name, body);
    else if (decision.kind === "skip") describe.skip(name, { meta: { skipReason: decision.reason } }, body);
    else
      describe(name, () => {
        test("this machine has what was required of it", () => {
          expect.fail(decision.reason);
        });
      });
  };
}

/** True where the machine has the capability; for the few tests that choose between two ways to run. */
export function has(capability: Capability): boolean {
  return inject("capabilities")[capability] === "";
}
