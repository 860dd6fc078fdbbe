import type { Random } from "../../../../../core/random.ts";

/** One thing that is done to the driver. Volumes and mount IDs are numbers, so that a run can be told and done again. */
export type Step =
  | { kind: "create" | "remove" | "get"; volume: number }
  | { kind: "mount" | "unmount"; volume: number; id: number }
  | { kind: "list" }
  /** Kills the driver so long after `during` was sent, in milliseconds, and starts it again. */
  | { kind: "kill"; during: Exclude<Step, { kind: "kill" }>; afterMs: number };

const VOLUMES = 3;
const IDS = 3;
/** Most calls of a fast local driver are done by then, and some are not. */
const LATEST_KILL_MS = 12;
/** What is done, as often as it stands here: mounts matter most. */
const KINDS = [
  ...(["create", "create", "create", "remove", "remove", "get", "list"] as const),
  ...(["mount", "mount", "mount", "mount", "unmount", "unmount", "unmount"] as const),
];

/** Steps in which the driver is killed once in each stretch of `stretch`, at a moment of its own. */
export function drawSteps(random: Random, count: number, stretch: number): Step[] {
  const steps: Step[] = [];
  for (let first = 0; first < count; first += stretch) {
    const kill = random.below(stretch);
    for (let at = 0; at < Math.min(stretch, count - first); at++) {
      const step = drawStep(random);
      steps.push(at === kill ? { kind: "kill", during: step, afterMs: random.below(LATEST_KILL_MS) } : step);
    }
  }
  return steps;
}

function drawStep(random: Random): Exclude<Step, { kind: "kill" }> {
  const kind = random.pick(KINDS);
  const volume = random.below(VOLUMES);
  if (kind === "list") return { kind };
  return kind === "mount" || kind === "unmount" ? { kind, volume, id: random.below(IDS) } : { kind, volume };
}

/** `Mount v2 as b` */
export function tellStep(step: Step): string {
  switch (step.kind) {
    case "kill":
      return `kill -9 ${step.afterMs} ms into ${tellStep(step.during)}`;
    case "list":
      return "List";
    case "mount":
    case "unmount":
      return `${CALLS[step.kind]} v${step.volume} as ${"abc"[step.id]}`;
    case "create":
    case "remove":
    case "get":
      return `${CALLS[step.kind]} v${step.volume}`;
  }
}

const CALLS = { create: "Create", remove: "Remove", get: "Get", mount: "Mount", unmount: "Unmount" } as const;
