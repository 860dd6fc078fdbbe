import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { optionsOf } from "../../../test/fixtures/visibility-history.ts";
import { createRandom } from "../../core/random.ts";
import { type Cell, cellName, DIRECTIONS, FLOORS, OBSERVERS, OPERATIONS, READER_STATES, SCENARIOS } from "./model.ts";
import { environmentName, isFloor, planCells, planVisibility } from "./plan.ts";
import { operations } from "./tasks/operations.ts";

const plan = (raw: Record<string, unknown> = {}, seed = "7") => planVisibility(optionsOf(raw), createRandom(seed));
const subjects = (cells: readonly Cell[]) => cells.filter(({ direction }) => !isFloor(direction));
const failure = (code: string) => expect.objectContaining({ code }) as Error;

const subsetOf = <Item>(items: readonly Item[]) => fc.subarray([...items], { minLength: 1 });

describe("a plan", () => {
  it("is the same for the same seed, also once it has been written down", () => {
    fc.assert(
      fc.property(fc.string(), subsetOf(OPERATIONS), (seed, chosen) => {
        const first = plan({ operations: chosen }, seed);
        expect(plan({ operations: chosen }, seed)).toEqual(first);
        expect(JSON.parse(JSON.stringify(first))).toEqual(first);
      }),
      { numRuns: 20 },
    );
  });

  it("has the same cells in another order for another seed", () => {
    const [one, other] = [plan({}, "a").steps.cells.map(cellName), plan({}, "b").steps.cells.map(cellName)];
    expect(one).not.toEqual(other);
    expect([...one].sort()).toEqual([...other].sort());
  });

  it("has 450 cells, 10 floors and 46 scenarios when nothing is chosen", () => {
    const { cells, scenarios, rounds } = plan().steps;
    expect(subjects(cells)).toHaveLength(450);
    expect(cells).toHaveLength(460);
    expect(scenarios).toHaveLength(46);
    expect(new Set(cells.map(cellName)).size).toBe(cells.length);
    expect(rounds).toBe(25);
  });

  it("says how long it takes, no longer than it may", () => {
    const { estimate } = plan({ samples: 100, maxDurationMs: 5000, scenarios: [] });
    expect(estimate).toEqual({ durationMs: 8000, operations: 46_000 });
    expect(plan({ samples: 1, scenarios: [] }).estimate.durationMs).toBeLessThan(4000);
  });
});

describe("the cells of a plan", () => {
  const all = planCells(optionsOf());

  test("every operation is seen in every direction, by a reader that never looked and by one that watches", () => {
    for (const direction of DIRECTIONS)
      for (const operation of OPERATIONS) {
        const states = all
          .filter((cell) => cell.operation === operation && cell.direction === direction)
          .map(({ state }) => state);
        // Who never saw the name cannot see it go.
        const seen = operations[operation].after("x").is === "absent" ? [] : ["never"];
        expect(states, operation).toEqual(expect.arrayContaining([...seen, "looked", "polling"]));
      }
  });

  test("every state and every way to look is used", () => {
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set(READER_STATES));
    expect(new Set(all.map(({ observer }) => observer))).toEqual(new Set(OBSERVERS));
  });

  const nonsense: [what: string, is: (cell: Cell) => boolean][] = [
    [
      "a descriptor on a name that comes, goes or is replaced",
      ({ operation, state }) => state === "held" && operations[operation].before("x").is !== "file",
    ],
    [
      "a descriptor across a change of what the name stands for",
      ({ operation, state }) =>
        state === "held" && ["rename", "rename-over", "unlink", "recreate", "hard-link"].includes(operation),
    ],
    [
      "a descriptor that is not looked through",
      ({ state, observer }) => state === "held" && observer !== "stat" && observer !== "read",
    ],
    [
      "a mapping without loads, or loads without one",
      ({ state, observer }) => (state === "mapped") !== (observer === "mmap"),
    ],
    [
      "a watch without events, or events without one",
      ({ state, observer }) => (state === "watching") !== (observer === "inotify"),
    ],
    [
      "events of a change that tells none",
      ({ operation, observer }) => observer === "inotify" && operations[operation].events.length === 0,
    ],
    [
      "the content of what is no file",
      ({ operation, observer }) => observer === "read" && operations[operation].after("x").is !== "file",
    ],
    [
      "a listing that the change does not change",
      ({ operation, observer }) =>
        ["readdir", "agreement"].includes(observer) &&
        operations[operation].before("x").is === operations[operation].after("x").is,
    ],
    [
      "a size that grows in steps, by its metadata",
      ({ operation, observer }) => observer === "stat" && ["write-new", "recreate"].includes(operation),
    ],
    [
      "a mapped store by its times, which need no store",
      ({ operation, observer }) => operation === "mmap-store" && observer === "stat",
    ],
  ];
  test.each(nonsense)("none has %s", (_, is) => {
    expect(all.filter(is).map(cellName)).toEqual([]);
  });

  test("what is filtered is left out, and nothing else", () => {
    fc.assert(
      fc.property(
        subsetOf(OPERATIONS),
        subsetOf(DIRECTIONS),
        subsetOf(READER_STATES),
        subsetOf(OBSERVERS),
        (chosen, directions, states, observers) => {
          const kept = all.filter(
            ({ operation, direction, state, observer }) =>
              chosen.includes(operation) &&
              directions.includes(direction as never) &&
              states.includes(state) &&
              observers.includes(observer),
          );
          const cells = planCells({ operations: chosen, directions, states, observers });
          expect(cells.map(cellName).sort()).toEqual(kept.map(cellName).sort());
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe("the floors", () => {
  test("are measured on both sides whatever is chosen, by a watching reader among others", () => {
    for (const raw of [
      {},
      { observers: ["mmap"] },
      { states: ["held"], observers: ["read"] },
      { directions: ["container-to-host"] },
    ]) {
      const floors = plan(raw).steps.cells.filter(({ direction }) => isFloor(direction));
      for (const place of FLOORS)
        expect(floors).toContainEqual({ operation: "create", state: "polling", observer: "stat", direction: place });
    }
  });

  test("use no way to look that was not asked for, but stat", () => {
    const floors = plan({ observers: ["stat"] }).steps.cells.filter(({ direction }) => isFloor(direction));
    expect(new Set(floors.map(({ observer }) => observer))).toEqual(new Set(["stat"]));
  });
});

describe("the scenarios of a plan", () => {
  const scenariosOf = (raw: Record<string, unknown>) => plan({ operations: ["create"], ...raw }).steps.scenarios;

  test("reads, files and sizes are tried in every direction; exclusion once a pair of places", () => {
    const directions = (scenario: string) => scenariosOf({ scenarios: [scenario] }).map(({ direction }) => direction);
    for (const scenario of ["reads-under-replace", "reads-under-append", "many-files", "large-file"])
      expect(directions(scenario)).toEqual(DIRECTIONS);
    for (const scenario of ["flock-exclusion", "create-exclusion", "database"])
      expect(directions(scenario)).toEqual(["host-to-container", "container-to-container"]);
    expect(directions("single-file-mount")).toEqual(["host-to-container"]);
  });

  test("a ladder is climbed for what was chosen, by readers that never looked and that looked once", () => {
    const ladders = scenariosOf({
      scenarios: ["ladder"],
      operations: ["append", "truncate"],
      directions: ["container-to-host"],
    });
    expect(ladders).toEqual(
      ["never", "looked"].map((state) => ({
        scenario: "ladder",
        direction: "container-to-host",
        operation: "append",
        state,
      })),
    );
    expect(scenariosOf({ scenarios: ["ladder"], states: ["polling"] })).toEqual([]);
  });

  test("every one that can be named is planned by default", () => {
    expect(new Set(plan().steps.scenarios.map(({ scenario }) => scenario))).toEqual(new Set(SCENARIOS));
  });
});

describe("the environments of a plan", () => {
  test("each has a directory of the run and a memory file system; the first also the second container and the single file", () => {
    const { environments } = plan({ environments: 2 });
    const directory = (index: number) => ({ source: `{workdir}/env-${index}`, target: "/subject" });
    const file = { source: "{workdir}/env-0-file", target: "/subject-file", make: "file" };
    expect(environments).toEqual([
      {
        name: "env-0",
        containers: [
          { name: "main", binds: [directory(0), file], tmpfs: ["/floor"] },
          { name: "second", binds: [directory(0)], tmpfs: ["/floor"] },
        ],
      },
      { name: "env-1", containers: [{ name: "main", binds: [directory(1)], tmpfs: ["/floor"] }] },
    ]);
  });

  test("what is not needed is not made", () => {
    const [environment] = plan({ environments: 1, directions: ["host-to-container"], scenarios: [] }).environments;
    expect(environment?.containers.map(({ name, binds }) => [name, binds.length])).toEqual([["main", 1]]);
  });

  test("an image goes to every container", () => {
    const containers = plan({ image: "some/image:1" }).environments.flatMap((environment) => environment.containers);
    expect(new Set(containers.map(({ image }) => image))).toEqual(new Set(["some/image:1"]));
  });

  test("a path is where the run's directory is made", () => {
    expect(plan({ path: "/somewhere" }).workdirParent).toBe("/somewhere");
    expect(plan()).not.toHaveProperty("workdirParent");
  });

  test("a share is what the containers get instead, without a single file, which lies outside of it", () => {
    const { environments, steps, workdirParent } = plan({ path: "/source", share: "/mounted", environments: 2 });
    const sources = environments.flatMap(({ containers }) =>
      containers.flatMap(({ binds }) => binds.map(({ source }) => source)),
    );
    expect(sources).toEqual(["/mounted", "/mounted", "/mounted"]);
    expect(workdirParent).toBe("/source");
    expect(steps.scenarios.map(({ scenario }) => scenario)).not.toContain("single-file-mount");
  });
});

test("faults get a name each, and the name of their environment", () => {
  const pause = { kind: "pause", spec: { container: "main" }, startMs: "2s", durationMs: 500 };
  expect(plan({ faults: [pause, { ...pause, environment: 1 }] }).faults).toEqual([
    { id: "fault-0", ...pause, startMs: 2000, environment: environmentName(0) },
    { id: "fault-1", ...pause, startMs: 2000, environment: environmentName(1) },
  ]);
});

describe("options that contradict each other", () => {
  test("a share without the path that it is another mount of", () => {
    expect(() => plan({ share: "/mounted" })).toThrow(failure("VISIBILITY_PATH"));
  });

  test("nothing is left to do", () => {
    const nothing = { operations: ["rename"], observers: ["mmap"], scenarios: [] };
    expect(() => plan(nothing)).toThrow(failure("VISIBILITY_NOTHING_TO_DO"));
    expect(plan({ ...nothing, scenarios: ["many-files"] }).steps.scenarios).toHaveLength(3);
  });

  test.each(["nonsense.p50", "create.p42", "create", "create.p50.x", ".p50"])("a limit on %s", (key) => {
    expect(() => plan({ limits: { [key]: 5 } })).toThrow(failure("VISIBILITY_LIMIT"));
  });

  test.each(["create.p99", "all.mean", "mmap-store.max"])("no fault is found with a limit on %s", (key) => {
    expect(plan({ limits: { [key]: 5 } }).steps.cells.length).toBeGreaterThan(0);
  });
});
