import { describe, expect, it } from "vitest";
import type { Owner } from "../core/runtime.ts";
import { type Sweepable, sweepAll } from "./sweep.ts";

const ownedBy = (lab: string): Sweepable => ({
  what: lab,
  sweep: async (isAlive) => (isAlive({ runId: "r", lab }) ? [] : ["a container"]),
});
const broken: Sweepable = { what: "broken", sweep: () => Promise.reject(new Error("no engine")) };
const isAlive = ({ lab }: Owner) => lab === "living";

describe("a sweep", () => {
  it("goes on after an error, and spares the living", async () => {
    const result = await sweepAll([ownedBy("living"), broken, ownedBy("dead")], isAlive, new AbortController().signal);
    expect(result).toEqual({ removed: ["dead: a container"], problems: [{ what: "broken", error: "no engine" }] });
  });
});
