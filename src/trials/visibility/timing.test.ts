import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Agent, ClockRelation } from "../../core/agent.ts";
import type { LookReport } from "./model.ts";
import { actInLabTime, halfWidthNs, lookInLabTime, toAgentTime, toLabTime } from "./timing.ts";

/** An agent of which nothing but its clock matters. */
const agentWith = (clock: ClockRelation) => ({ clock }) as Agent;
const here = agentWith({ sameKernel: true });
const there = agentWith({ sameKernel: false, offsetLowNs: 1000, offsetHighNs: 1600 });

const look: LookReport = {
  armedNs: 2000,
  runs: [
    ["old", 3000, 3100, 4000, 5],
    ["new", 5000, 5100, 5000, 1],
  ],
  events: [{ kind: "CREATE", name: "s1", cookie: 0, atNs: 5200, answer: "new" }],
  looks: 6,
  maxGapNs: 700,
  endedNs: 6000,
  timedOut: false,
  unarmed: false,
};

describe("stamps of an agent", () => {
  test("on the lab's kernel are lab time, and exact", () => {
    expect(lookInLabTime(here, look)).toEqual(look);
    expect(actInLabTime(here, { begunNs: 1, returnedNs: 2 })).toEqual({ begunNs: 1, returnedNs: 2 });
    expect([toAgentTime(here, 5), toLabTime(here, 5), halfWidthNs(here)]).toEqual([5, 5, 0]);
  });

  test("of another clock are moved by the middle of the bounds, all of them, and durations stay", () => {
    expect(lookInLabTime(there, look)).toEqual({
      ...look,
      armedNs: 700,
      runs: [
        ["old", 1700, 1800, 2700, 5],
        ["new", 3700, 3800, 3700, 1],
      ],
      events: [{ ...look.events[0], atNs: 3900 }],
      endedNs: 4700,
    });
    expect(actInLabTime(there, { begunNs: 1500, returnedNs: 1700 })).toEqual({ begunNs: 200, returnedNs: 400 });
  });

  test("are never off by more than half the width of the bounds", () => {
    fc.assert(
      fc.property(
        fc.nat(1e6),
        fc.nat(1e6),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(1e9),
        (low, width, share, labNs) => {
          const agent = agentWith({ sameKernel: false, offsetLowNs: low, offsetHighNs: low + width });
          const stamped = labNs + low + share * width;
          expect(Math.abs(toLabTime(agent, stamped) - labNs)).toBeLessThanOrEqual(halfWidthNs(agent) + 1e-3);
          expect(toLabTime(agent, toAgentTime(agent, labNs))).toBeCloseTo(labNs, 3);
        },
      ),
    );
  });
});
