import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { REGION_KINDS, type Workload } from "../model.ts";
import { createSchedule, ownerOf, type Step } from "./schedule.ts";
import { createStepper } from "./stepper.ts";

const RUN_ID = "00112233445566778899aabbccddeeff";

const workloads = fc
  .record({
    runId: fc.stringMatching(/^[0-9a-f]{32}$/),
    workers: fc.integer({ min: 1, max: 5 }),
    order: fc.constantFrom("sequential" as const, "random" as const),
    shapes: fc.array(fc.record({ kind: fc.constantFrom(...REGION_KINDS), slots: fc.integer({ min: 1, max: 23 }) }), {
      minLength: 1,
      maxLength: 4,
    }),
  })
  .map(
    ({ shapes, ...rest }): Workload => ({
      ...rest,
      sync: { call: "fsync", everySteps: 4 },
      regions: shapes.map(({ kind, slots }, i) => ({ id: i + 1, kind, slots, slotBytes: 4096 })),
    }),
  );

function busyWorkers(workload: Workload): number[] {
  return Array.from({ length: workload.workers }, (_, worker) => worker).filter(
    (worker) => createStepper(workload, worker).slots > 0,
  );
}

function walk(workload: Workload, worker: number, steps: number): Step[] {
  const stepper = createStepper(workload, worker);
  return Array.from({ length: steps }, () => stepper.next());
}

describe("a stepper", () => {
  test("takes these steps, on every machine and version: stored runs depend on it", () => {
    const workload: Workload = {
      runId: RUN_ID,
      workers: 2,
      order: "random",
      sync: { call: "fsync", everySteps: 4 },
      regions: [
        { id: 1, kind: "in-place", slots: 9, slotBytes: 4096 },
        { id: 2, kind: "append", slots: 3, slotBytes: 4096 },
        { id: 3, kind: "files", slots: 4, slotBytes: 4096 },
      ],
    };
    const told = walk(workload, 0, 16).map(({ region, slot, generation }) => `${region}/${slot}/${generation}`);
    expect(told.join(" ")).toMatchInlineSnapshot(
      `"3/0/1 2/0/1 1/4/1 3/2/1 1/0/1 2/1/1 1/8/1 3/0/2 2/2/1 1/6/1 2/0/2 3/2/2 2/1/2 3/2/3 1/2/1 3/0/3"`,
    );
  });

  test("agrees with every other of the same workload, however it came there", () => {
    fc.assert(
      fc.property(workloads, fc.nat({ max: 400 }), (workload, to) => {
        for (const worker of busyWorkers(workload)) {
          const stepper = createStepper(workload, worker);
          stepper.skipTo(to);
          expect(stepper.position).toBe(to);
          expect(stepper.next()).toEqual(walk(workload, worker, to + 1).at(-1));
          expect(stepper.position).toBe(to + 1);
        }
      }),
    );
  });

  test("counts generations as a walker would, and numbers are never used twice", () => {
    fc.assert(
      fc.property(workloads, (workload) => {
        const sequences = new Set<number>();
        for (const worker of busyWorkers(workload)) {
          const written = new Map<string, number>();
          for (const step of walk(workload, worker, 60)) {
            const key = `${step.region}/${step.slot}`;
            written.set(key, (written.get(key) ?? 0) + 1);
            expect(step.generation).toBe(written.get(key));
            expect(step.sequence).toBe(step.step * workload.workers + worker);
            sequences.add(step.sequence);
          }
        }
        expect(sequences.size).toBe(60 * busyWorkers(workload).length);
      }),
    );
  });

  test("writes each slot of a region once in a lap, and no other worker does", () => {
    fc.assert(
      fc.property(workloads, (workload) => {
        const inFirstLap = busyWorkers(workload).flatMap((worker) => {
          const { lanes } = createSchedule(workload, worker);
          const longest = Math.max(...lanes.map(({ ownSlots }) => ownSlots));
          return walk(workload, worker, longest * lanes.length)
            .filter(({ generation }) => generation === 1)
            .map(({ region, slot }) => {
              const home = workload.regions.find(({ id }) => id === region);
              expect(home && ownerOf(home, slot, workload.workers)).toBe(worker);
              return `${region}/${slot}`;
            });
        });
        const all = workload.regions.flatMap(({ id, slots }) =>
          Array.from({ length: slots }, (_, slot) => `${id}/${slot}`),
        );
        expect(inFirstLap.sort()).toEqual(all.sort());
      }),
    );
  });

  test("appends in order, whatever the order of the rest", () => {
    fc.assert(
      fc.property(workloads, (workload) => {
        for (const worker of busyWorkers(workload)) {
          for (const { id, slots } of workload.regions.filter(({ kind }) => kind === "append")) {
            const written = walk(workload, worker, 150).filter(({ region }) => region === id);
            expect(written.map(({ slot }) => slot)).toEqual(written.map((_, i) => i % slots));
          }
        }
      }),
    );
  });

  test("mixes regions evenly", () => {
    const regions = [1, 2, 3].map((id) => ({ id, kind: "in-place" as const, slots: id * 10, slotBytes: 4096 }));
    const workload: Workload = {
      runId: RUN_ID,
      workers: 1,
      order: "random",
      sync: { call: "none", everySteps: 1 },
      regions,
    };
    const steps = walk(workload, 0, 300);
    for (const { id } of regions) expect(steps.filter(({ region }) => region === id)).toHaveLength(100);
    const firsts = steps.filter((_, i) => i % 3 === 0).map(({ region }) => region);
    expect(new Set(firsts).size).toBe(3);
  });

  test("finds the step of a slot's generation, and of a region's turn", () => {
    fc.assert(
      fc.property(workloads, (workload) => {
        for (const worker of busyWorkers(workload)) {
          const schedule = createSchedule(workload, worker);
          const steps = walk(workload, worker, 50);
          for (const { step, region, slot, generation } of steps) {
            const lane = schedule.lanes.find((one) => one.region.id === region);
            if (!lane) throw new Error("no lane");
            const turn = lane.turnOf(slot, generation);
            expect(schedule.stepOf(lane, turn)).toBe(step);
            expect(schedule.turnsBefore(lane, step)).toBe(turn);
            expect(lane.lastTurn(slot, turn + 1)).toBe(turn);
            expect(lane.generationOf(lane.lastTurn(slot, turn))).toBe(generation - 1);
          }
        }
      }),
    );
  });

  test("a worker without slots has no steps", () => {
    const regions = [{ id: 1, kind: "append" as const, slots: 4, slotBytes: 4096 }];
    const workload: Workload = {
      runId: RUN_ID,
      workers: 3,
      order: "random",
      sync: { call: "none", everySteps: 1 },
      regions,
    };
    expect(createStepper(workload, 1).slots).toBe(4);
    expect(createStepper(workload, 0).slots).toBe(0);
    expect(() => createStepper(workload, 0).next()).toThrow("worker 0 of 3 has no slots");
  });
});
