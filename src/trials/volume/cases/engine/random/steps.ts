import type { Random } from "../../../../../core/random.ts";

/** One thing that a user does. Volumes are numbers; containers are counted among those that it can be done to. */
export type Act =
  /** start: a new container, on a volume that is made on the way where it is missing. */
  | { kind: "create" | "start" | "remove" | "inspect"; volume: number }
  /** end: kills one that runs; again: starts one that has ended; drop: `docker rm -f`. */
  | { kind: "end" | "again" | "drop"; container: number }
  | { kind: "list" };

/** mounter: what serves the mounts, such as ceph-fuse. */
export type Victim = "driver" | "engine" | "mounter";

/** An act, or a kill so long after an act was begun, in milliseconds. */
export type Step = Act | { kind: "kill"; victim: Victim; during: Act; afterMs: number };

const STEPS = 10;
/** Before the first of them nothing runs yet that a kill could harm. */
const EARLIEST_KILL = 5;
const VOLUMES = 3;
/** An engine has started a container by then, and the mounts are made early in that. */
const LATEST_KILL_MS = 500;
const CONTAINERS = 1000;

/** What is done, as often as it stands here. */
const ACTS = [
  ...(["create", "start", "start", "start", "start", "remove", "remove", "inspect", "list"] as const),
  ...(["end", "end", "again", "drop", "drop"] as const),
];
/** What a kill cuts short: a look at volumes changes nothing. */
const CUT = ["create", "start", "start", "start", "remove", "end", "again", "drop"] as const;

/** Steps of one round, with one kill among the later ones. */
export function drawRound(random: Random, victim: Victim): Step[] {
  const kill = EARLIEST_KILL + random.below(STEPS - EARLIEST_KILL);
  return Array.from({ length: STEPS }, (_, at) => {
    if (at !== kill) return drawAct(random, ACTS);
    const part = random.below(LATEST_KILL_MS) / LATEST_KILL_MS;
    return {
      kind: "kill",
      victim,
      during: drawAct(random, CUT),
      afterMs: Math.round(part * part * LATEST_KILL_MS),
    };
  });
}

function drawAct(random: Random, kinds: readonly Act["kind"][]): Act {
  const kind = random.pick(kinds);
  switch (kind) {
    case "list":
      return { kind };
    case "end":
    case "again":
    case "drop":
      return { kind, container: random.below(CONTAINERS) };
    case "create":
    case "start":
    case "remove":
    case "inspect":
      return { kind, volume: random.below(VOLUMES) };
  }
}

/** `kill -9 of the driver 12 ms into: start on v2` */
export function tellStep(step: Step): string {
  switch (step.kind) {
    case "kill":
      return `kill -9 of the ${step.victim} ${step.afterMs} ms into: ${tellStep(step.during)}`;
    case "list":
      return "list";
    case "end":
    case "again":
    case "drop":
      return `${step.kind} a container`;
    case "create":
    case "start":
    case "remove":
    case "inspect":
      return `${step.kind} ${step.kind === "start" ? "on " : ""}v${step.volume}`;
  }
}
