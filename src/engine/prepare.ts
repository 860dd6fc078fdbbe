import { z } from "zod";
import type { Fault, PlannedFault } from "../core/fault.ts";
import { createRandom } from "../core/random.ts";
import type { ControlName } from "../core/runtime.ts";
import type { Trial, TrialPlan } from "../core/trial.ts";
import { engineError } from "./errors.ts";

/** A trial and what the user wants of it, not yet checked. */
export interface TrialRequest {
  trial: Trial;
  /** Raw, as from flags or a file. */
  options: unknown;
  /** The command that repeats just this trial. */
  command: string;
}

/** A trial that is ready to run, or the reason why it cannot run on this runtime. */
export interface PreparedTrial {
  trial: Trial;
  options: unknown;
  plan: TrialPlan;
  command: string;
  /** What the runtime lacks; "" when nothing. */
  lacks: string;
}

/** What plans are checked against. */
export interface PrepareContext {
  seed: string;
  controls: ReadonlySet<ControlName>;
  faults: readonly Fault[];
}

/**
 * Checks options, makes plans and holds them against what there is. Pure: this is what `--dry-run` shows.
 * @throws OPTIONS_INVALID, PLAN_INVALID, or what a trial's `plan` throws
 */
export function prepareTrials(requests: readonly TrialRequest[], context: PrepareContext): PreparedTrial[] {
  const ids = requests.map(({ trial }) => trial.id);
  const twice = ids.find((id, at) => ids.indexOf(id) !== at);
  if (twice !== undefined) throw engineError("OPTIONS_INVALID", `trial ${twice} is asked for twice`);
  return requests.map((request) => prepareTrial(request, context));
}

function prepareTrial({ trial, options: raw, command }: TrialRequest, context: PrepareContext): PreparedTrial {
  const parsed = trial.options.safeParse(raw);
  if (!parsed.success) throw engineError("OPTIONS_INVALID", `${trial.id}: ${z.prettifyError(parsed.error)}`);
  const draft = trial.plan(parsed.data, trialRandom(context.seed, trial.id).fork("plan"));
  const plan = { ...draft, faults: draft.faults.map((fault) => checkFault(fault, draft, context.faults)) };
  const needs = new Set<ControlName>([
    ...trial.needs,
    ...(plan.environments.some(({ disks }) => disks) ? (["disk"] as const) : []),
    ...plan.faults.flatMap((fault) => needsOf(fault, context.faults)),
  ]);
  const missing = [...needs].filter((need) => !context.controls.has(need));
  const lacks =
    missing.length > 0
      ? `the runtime has no control over: ${missing.join(", ")} (\`seatrial doctor\` says what it would take)`
      : "";
  return { trial, options: parsed.data, plan, command, lacks };
}

/** The source of everything random in one trial of a run. */
export function trialRandom(seed: string, trial: string) {
  return createRandom(seed).fork(trial);
}

function checkFault(fault: PlannedFault, plan: TrialPlan, faults: readonly Fault[]): PlannedFault {
  const where = `fault ${fault.id} (${fault.kind})`;
  if (!plan.environments.some(({ name }) => name === fault.environment))
    throw engineError("PLAN_INVALID", `${where}: there is no environment ${fault.environment}`);
  const spec = kindOf(fault, faults).spec.safeParse(fault.spec);
  if (!spec.success) throw engineError("PLAN_INVALID", `${where}: ${z.prettifyError(spec.error)}`);
  return { ...fault, spec: spec.data };
}

function needsOf(fault: PlannedFault, faults: readonly Fault[]): readonly ControlName[] {
  return kindOf(fault, faults).needs;
}

function kindOf(fault: PlannedFault, faults: readonly Fault[]): Fault {
  const kind = faults.find((candidate) => candidate.kind === fault.kind);
  if (kind) return kind;
  const known = faults.map((candidate) => candidate.kind).join(", ") || "none";
  throw engineError("PLAN_INVALID", `fault ${fault.id}: there is no kind ${fault.kind} (known: ${known})`);
}
