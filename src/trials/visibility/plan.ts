import type { PlannedFault } from "../../core/fault.ts";
import type { Random } from "../../core/random.ts";
import type { BindMount, ContainerSpec, EnvironmentSpec } from "../../core/runtime.ts";
import type { TrialPlan } from "../../core/trial.ts";
import { visibilityError } from "./errors.ts";
import {
  type Cell,
  type Direction,
  FLOORS,
  type Floor,
  type Observer,
  type OperationId,
  type ReaderState,
  type ScenarioId,
  type VisibilityScenario,
} from "./model.ts";
import { parseLimits, type VisibilityOptions } from "./options.ts";
import { operations } from "./tasks/operations.ts";

/** Where things lie inside a container. */
export const INSIDE = { subject: "/subject", floor: "/floor", singleFile: "/subject-file" } as const;

/** The container that takes part in every direction, and the second one for container to container. */
export const CONTAINERS = { main: "main", second: "second" } as const;

/** What the trial will do. Cells are sampled in rounds; the order within a round is drawn from the seed. */
export interface VisibilitySteps {
  cells: Cell[];
  rounds: number;
  scenarios: VisibilityScenario[];
}

export type VisibilityPlan = TrialPlan<VisibilitySteps>;

/** Typical milliseconds of one sample on a mount without delay. */
const SAMPLE_MS = 1.6;
const SETUP_MS = 3000;

/** @throws VISIBILITY_PATH, VISIBILITY_LIMIT or VISIBILITY_NOTHING_TO_DO when the options contradict each other. */
export function planVisibility(options: VisibilityOptions, random: Random): VisibilityPlan {
  parseLimits(options.limits);
  if (options.share !== undefined && options.path === undefined) {
    throw visibilityError("VISIBILITY_PATH", "--share is another mount of --path: give both");
  }
  const cells = [...planCells(options), ...planFloors(options)];
  const scenarios = planScenarios(options);
  if (cells.every(({ direction }) => isFloor(direction)) && scenarios.length === 0) {
    throw visibilityError(
      "VISIBILITY_NOTHING_TO_DO",
      "no combination of the chosen operations, directions, states and observers makes sense",
    );
  }
  const operationCount = cells.length * options.samples + scenarios.length;
  const samplingMs = Math.min(options.maxDurationMs, cells.length * options.samples * SAMPLE_MS);
  return {
    environments: Array.from({ length: options.environments }, (_, index) => planEnvironment(options, index)),
    ...(options.path === undefined ? {} : { workdirParent: options.path }),
    faults: options.faults.map((fault, index) => planFault(fault, index)),
    steps: { cells: random.fork("cells").shuffled(cells), rounds: options.samples, scenarios },
    estimate: {
      durationMs: SETUP_MS + samplingMs + scenarios.length * (options.scenarioDurationMs + 200),
      operations: operationCount,
    },
  };
}

export const environmentName = (index: number): string => `env-${index}`;
export const isFloor = (direction: Direction | Floor): direction is Floor =>
  FLOORS.some((floor) => floor === direction);

function planFault(
  { kind, spec, environment, startMs, durationMs }: VisibilityOptions["faults"][number],
  index: number,
): PlannedFault {
  return { id: `fault-${index}`, kind, spec, environment: environmentName(environment), startMs, durationMs };
}

function planEnvironment(options: VisibilityOptions, index: number): EnvironmentSpec {
  const name = environmentName(index);
  const subject: BindMount = { source: options.share ?? `{workdir}/${name}`, target: INSIDE.subject };
  const container = (containerName: string, binds: BindMount[]): ContainerSpec => ({
    name: containerName,
    binds,
    tmpfs: [INSIDE.floor],
    ...(options.image === undefined ? {} : { image: options.image }),
  });
  const singleFile: BindMount = { source: `{workdir}/${name}-file`, target: INSIDE.singleFile, make: "file" };
  const first = index === 0;
  const main = container(CONTAINERS.main, first && wantsSingleFile(options) ? [subject, singleFile] : [subject]);
  const needsSecond = first && options.directions.includes("container-to-container");
  return { name, containers: needsSecond ? [main, container(CONTAINERS.second, [subject])] : [main] };
}

const wantsSingleFile = (options: VisibilityOptions) =>
  options.share === undefined && options.scenarios.includes("single-file-mount");

const CONTENT: readonly OperationId[] = [
  "overwrite-same",
  "overwrite-longer",
  "overwrite-shorter",
  "append",
  "append-held",
  "truncate",
];
const ATTRIBUTES: readonly OperationId[] = ["chmod", "set-mtime"];
const LISTED: readonly OperationId[] = [
  "create",
  "mkdir",
  "symlink",
  "hard-link",
  "rename",
  "rename-directory",
  "unlink",
  "rmdir",
];
const CONTRADICTED: readonly OperationId[] = ["create", "mkdir", "unlink", "rmdir", "rename"];

function observersOf(operation: OperationId): Observer[] {
  const observers: Observer[] = [];
  if (operation === "mmap-store") return ["read", "mmap"];
  if (operation !== "write-new" && operation !== "recreate") observers.push("stat");
  if (CONTENT.includes(operation) || ["write-new", "recreate", "rename-over"].includes(operation))
    observers.push("read");
  if (LISTED.includes(operation)) observers.push("readdir");
  if (CONTRADICTED.includes(operation)) observers.push("agreement");
  if (operation === "overwrite-same") observers.push("mmap");
  if (operations[operation].events.length > 0) observers.push("inotify");
  return observers;
}

/** The reader states that make sense: a descriptor can be held only on a file that stays the same file. */
function statesOf(operation: OperationId, observer: Observer): ReaderState[] {
  if (observer === "inotify") return ["watching"];
  if (observer === "mmap") return ["mapped"];
  if (observer === "agreement") return ["looked", "polling"];
  // A name that is gone looks like one that has not come yet: only who saw it before can tell that it has gone.
  if (operations[operation].after("").is === "absent") return ["looked", "polling"];
  const held = CONTENT.includes(operation) || ATTRIBUTES.includes(operation);
  return held && (observer === "stat" || observer === "read")
    ? ["never", "looked", "polling", "held"]
    : ["never", "looked", "polling"];
}

/** Every sensible combination of what the options allow. */
export function planCells(
  options: Pick<VisibilityOptions, "operations" | "directions" | "observers" | "states">,
): Cell[] {
  return options.directions.flatMap((direction) =>
    options.operations.flatMap((operation) =>
      observersOf(operation)
        .filter((observer) => options.observers.includes(observer))
        .flatMap((observer) =>
          statesOf(operation, observer)
            .filter((state) => options.states.includes(state))
            .map((state) => ({ operation, direction, state, observer })),
        ),
    ),
  );
}

/** The detection floor: the same procedure on a memory file system, where there is nothing to wait for. */
function planFloors(options: VisibilityOptions): Cell[] {
  const probes: Omit<Cell, "direction">[] = [
    { operation: "create", state: "polling", observer: "stat" },
    { operation: "append", state: "polling", observer: "read" },
    { operation: "unlink", state: "looked", observer: "stat" },
    { operation: "create", state: "never", observer: "stat" },
    { operation: "create", state: "watching", observer: "inotify" },
  ];
  const wanted = probes.filter(({ observer }) => observer === "stat" || options.observers.includes(observer));
  return FLOORS.flatMap((direction) => wanted.map((probe) => ({ ...probe, direction })));
}

const PAIRED: readonly ScenarioId[] = ["reads-under-replace", "reads-under-append", "many-files", "large-file"];
const SYMMETRIC: readonly ScenarioId[] = ["flock-exclusion", "create-exclusion", "database"];
const LADDER_OPERATIONS: readonly OperationId[] = ["create", "append", "unlink", "rename-over", "chmod"];

function planScenarios(options: VisibilityOptions): VisibilityScenario[] {
  const chosen = (scenario: ScenarioId) => options.scenarios.includes(scenario);
  const [first] = options.directions;
  const paired = PAIRED.filter(chosen).flatMap((scenario) =>
    options.directions.map((direction) => ({ scenario, direction })),
  );
  // Exclusion has no direction: both sides do the same. One pairing of host and container, one of two containers.
  const pairings = options.directions.filter(
    (direction) => direction === first || direction === "container-to-container",
  );
  const symmetric = SYMMETRIC.filter(chosen).flatMap((scenario) =>
    pairings.map((direction) => ({ scenario, direction })),
  );
  const single = wantsSingleFile(options) && options.directions.includes("host-to-container");
  return [
    ...planLadders(options),
    ...paired,
    ...symmetric,
    ...(single ? [{ scenario: "single-file-mount" as const, direction: "host-to-container" as const }] : []),
  ];
}

function planLadders(options: VisibilityOptions): VisibilityScenario[] {
  if (!options.scenarios.includes("ladder")) return [];
  const states = (["never", "looked"] as const).filter((state) => options.states.includes(state));
  const chosen = LADDER_OPERATIONS.filter((operation) => options.operations.includes(operation));
  return options.directions.flatMap((direction) =>
    chosen.flatMap((operation) =>
      states
        .filter((state) => statesOf(operation, "stat").includes(state))
        .map((state) => ({ scenario: "ladder" as const, direction, operation, state })),
    ),
  );
}
