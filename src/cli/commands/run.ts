import fs from "node:fs";
import { startHostAgent } from "../../agent/child.ts";
import { createSystemClock, type SystemClock } from "../../core/clock.ts";
import { EXIT, type ExitCode, SeatrialError } from "../../core/errors.ts";
import type { Runtime } from "../../core/runtime.ts";
import { createLab, type Lab, type RunRequest, type RunResult } from "../../engine/lab.ts";
import { prepareTrials } from "../../engine/prepare.ts";
import { currentOwner } from "../../store/owner.ts";
import { chooseRuntime, NO_RUNTIME } from "../choose-runtime.ts";
import type { CommandContext } from "../command-context.ts";
import { createRuntimes } from "../composition.ts";
import { cliError } from "../errors.ts";
import { exitCodeOf, exitCodeOfSignal } from "../exit-code.ts";
import type { RunFlags } from "../flags.ts";
import { type Interrupts, listenForInterrupts } from "../interrupts.ts";
import { createProgress } from "../progress/create.ts";
import type { Progress } from "../progress/progress.ts";
import { requireOutputs, writeOutputs } from "../run-outputs.ts";
import { type IntendedRun, intentionDocument, intentionText } from "../settings/dry-run.ts";
import { explain, explanationText } from "../settings/explain.ts";
import { repeatCommand } from "../settings/repeat.ts";
import { resolveRun, type RunSettings } from "../settings/resolve.ts";
import { errorText } from "../show-error.ts";
import { print, printJson, tell } from "../surroundings.ts";

/** For healing and for clean-up, each. */
const CLEANUP_BUDGET_MS = 30_000;

/** How long a trial may take to stop when it is told to. */
const STOP_GRACE_MS = 10_000;

/** `seatrial run`. */
export function run(words: string[], flags: RunFlags): (context: CommandContext) => Promise<ExitCode> {
  return async (context) => {
    const { surroundings, composition } = context;
    const settings = resolveRun({ words, flags, env: surroundings.env, composition });
    if (flags.explain) return showSettings(settings, flags, context);
    const interrupts = listenForInterrupts(surroundings);
    try {
      return flags.dryRun
        ? await showPlan(settings, flags, context, interrupts.signal)
        : await perform(settings, flags, context, interrupts);
    } finally {
      interrupts.close();
    }
  };
}

function showSettings(settings: RunSettings, { json }: RunFlags, { surroundings }: CommandContext): ExitCode {
  const explained = explain(settings);
  if (json) printJson(surroundings, explained);
  else print(surroundings, explanationText(explained));
  return EXIT.pass;
}

async function showPlan(
  settings: RunSettings,
  { json }: RunFlags,
  { surroundings, composition }: CommandContext,
  signal: AbortSignal,
): Promise<ExitCode> {
  const runtime = await chooseRuntime(settings, composition, signal).catch((error: unknown) => {
    const [first] = createRuntimes(composition);
    if (!first || signal.aborted || !(error instanceof SeatrialError && error.code === "NO_RUNTIME_FIT")) throw error;
    tell(surroundings, "No runtime is fit here; `seatrial doctor` says why. The plan is made for the first one.");
    return first;
  });
  const { trials, seed, command } = requestOf(settings, runtime);
  const prepared = prepareTrials(trials, { seed, controls: runtime.controls, faults: composition.faults });
  const intended: IntendedRun = { runtime: runtime.id, seed, command, trials: prepared };
  if (json) printJson(surroundings, intentionDocument(intended));
  else print(surroundings, intentionText(intended));
  return EXIT.pass;
}

async function perform(
  settings: RunSettings,
  flags: RunFlags,
  context: CommandContext,
  interrupts: Interrupts,
): Promise<ExitCode> {
  const { surroundings, composition } = context;
  requireAgent(composition.settings.agent.scriptPath);
  requireOutputs(flags, surroundings.env);
  const clock = createSystemClock();
  const colour = flags.color && surroundings.stderr.colour;
  const progress = await createProgress(surroundings, clock, { quiet: flags.quiet ?? false, colour });
  interrupts.concern({ say: progress.say, pending: () => [] });
  try {
    const runtime = await chooseRuntime(settings, composition, interrupts.signal);
    const lab = labOf(settings, runtime, { context, clock, progress, signal: interrupts.signal });
    interrupts.concern({ say: progress.say, pending: lab.pending });
    const result = await lab.run(requestOf(settings, runtime));
    progress.close();
    await writeOutputs(result, flags, surroundings);
    return exitCodeOfRun(result, flags, context, interrupts);
  } finally {
    progress.close();
  }
}

interface LabSurroundings {
  context: CommandContext;
  clock: SystemClock;
  progress: Progress;
  signal: AbortSignal;
}

function labOf(settings: RunSettings, runtime: Runtime, { context, clock, progress, signal }: LabSurroundings): Lab {
  const { surroundings, composition } = context;
  return createLab({
    runtime,
    faults: composition.faults,
    clock,
    reporter: progress,
    runsFolder: settings.out.value,
    seatrialVersion: composition.version,
    labId: currentOwner("", surroundings.pid).lab,
    startHostAgent: () => startHostAgent(composition.settings.agent),
    stateDir: composition.settings.stateDir,
    signal,
    cleanupBudgetMs: CLEANUP_BUDGET_MS,
    stopGraceMs: STOP_GRACE_MS,
  });
}

function requestOf(settings: RunSettings, runtime: Runtime): RunRequest {
  const name = runtime === NO_RUNTIME ? undefined : runtime.id;
  return {
    trials: settings.trials.map((resolved) => ({
      trial: resolved.trial,
      options: resolved.options,
      command: repeatCommand(settings, name, [resolved]),
    })),
    seed: settings.seed.value,
    command: repeatCommand(settings, name),
  };
}

function requireAgent(scriptPath: string): void {
  if (!fs.existsSync(scriptPath)) throw cliError("AGENT_NOT_BUILT", `${scriptPath} does not exist`);
}

function exitCodeOfRun(
  { report, storageError }: RunResult,
  { allow }: RunFlags,
  { surroundings }: CommandContext,
  interrupts: Interrupts,
): ExitCode {
  if (storageError) tell(surroundings, errorText(storageError, surroundings.stderr.colour));
  const by = interrupts.by();
  if (by !== undefined && report.ended === "interrupted") return exitCodeOfSignal(by);
  if (storageError && report.verdict !== "fail") return EXIT.lab;
  return exitCodeOf(report.verdict, allow === "inconclusive");
}
