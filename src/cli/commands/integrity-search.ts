import path from "node:path";
import { createSystemClock, type SystemClock } from "../../core/clock.ts";
import { EXIT, type ExitCode } from "../../core/errors.ts";
import { parseDurationNs } from "../../core/quantity.ts";
import { createRandom } from "../../core/random.ts";
import type { Owner, Runtime } from "../../core/runtime.ts";
import { Scope } from "../../core/scope.ts";
import { CrashImages } from "../../disk/crash-images.ts";
import { makeWorkdir } from "../../engine/workdir.ts";
import { openLedger } from "../../store/ledger.ts";
import { currentOwner } from "../../store/owner.ts";
import { writeWhole } from "../../store/storage.ts";
import { type CrashState, lostIn, volatileAt } from "../../trials/integrity/search/crash-state.ts";
import { firstEntries, promisedAt, search } from "../../trials/integrity/search/search.ts";
import type { CommandContext } from "../command-context.ts";
import { createRuntimes } from "../composition.ts";
import { cliError } from "../errors.ts";
import type { IntegritySearchFlags } from "../flags.ts";
import { CrashLab } from "../integrity-search/crash-lab.ts";
import { crashDocument, logDocument, searchDocument } from "../integrity-search/document.ts";
import { searchError } from "../integrity-search/errors.ts";
import { openRecordedRun, type RecordedRun } from "../integrity-search/recorded-run.ts";
import { parseSurvivors } from "../integrity-search/survivors.ts";
import { crashText, searchText } from "../integrity-search/text.ts";
import { type Interrupts, listenForInterrupts } from "../interrupts.ts";
import { createProgress } from "../progress/create.ts";
import type { Progress } from "../progress/progress.ts";
import { outSetting } from "../settings/resolve.ts";
import { print, printJson } from "../surroundings.ts";
import { requireWritable } from "../write-output.ts";

const CLEANUP_BUDGET_MS = 30_000;
/** What a small state takes on a machine at ease. */
const STATE_MS = 300;

/** `seatrial integrity search`. */
export function integritySearch(
  reference: string,
  flags: IntegritySearchFlags,
): (context: CommandContext) => Promise<ExitCode> {
  return async (context) => {
    const { surroundings } = context;
    const limits = limitsOf(flags);
    if (flags.keepImage !== undefined) requireWritable(flags.keepImage);
    const recorded = openRecordedRun(reference, outSetting(flags, surroundings.env).value);
    const runtime = runtimeWithDisks(context);
    const interrupts = listenForInterrupts(surroundings);
    const clock = createSystemClock();
    const progress = await createProgress(surroundings, clock, { quiet: flags.quiet ?? false, colour: false });
    try {
      return await onBench({ context, recorded, runtime, interrupts, progress, clock }, (bench) => {
        const task = { ...bench, reference, flags, recorded, context };
        return flags.replayTo === undefined ? searchAll(task, limits) : tryOne(task, flags.replayTo);
      });
    } finally {
      progress.close();
      interrupts.close();
    }
  };
}

interface Limits {
  points: number;
  /** Infinity without one. */
  durationMs: number;
}

function limitsOf({ points, duration, replayTo, survivors }: IntegritySearchFlags): Limits {
  if (survivors !== undefined && replayTo === undefined)
    throw cliError("SETTING_INVALID", "--survivors: want --replay-to beside it, which says of which crash");
  if (!/^[1-9]\d{0,8}$/.test(points))
    throw cliError("SETTING_INVALID", `--points ${points}: want a whole number from 1`);
  const durationNs = duration === undefined ? Infinity : parseDurationNs(duration);
  if (durationNs === undefined)
    throw cliError("SETTING_INVALID", `--duration ${duration}: want a duration with a unit, such as 30s or 5min`);
  return { points: Number(points), durationMs: durationNs / 1e6 };
}

/** Copies of a disk are mounted in containers of this machine's own kernel, wherever the run was. */
function runtimeWithDisks({ composition }: CommandContext): Runtime {
  const runtime = createRuntimes(composition).find(({ id }) => id === "embedded");
  if (runtime?.controls.has("disk") && runtime.controls.has("process")) return runtime;
  throw searchError("SEARCH_NO_DISKS", "the embedded runtime has no control over disks here");
}

interface Surrounding {
  context: CommandContext;
  recorded: RecordedRun;
  runtime: Runtime;
  interrupts: Interrupts;
  progress: Progress;
  clock: SystemClock;
}

/** What states are made from and tried on. */
interface Bench {
  images: CrashImages;
  lab: CrashLab;
  clock: SystemClock;
  progress: Progress;
}

/** A bench for as long as the work takes; a sweep finds what is left of it after a kill. */
async function onBench<Result>(around: Surrounding, work: (bench: Bench) => Promise<Result>): Promise<Result> {
  const { context, recorded, runtime, interrupts, progress, clock } = around;
  const { surroundings, composition } = context;
  const { runId } = recorded.run.manifest;
  const owner: Owner = currentOwner(`${runId}-search-${surroundings.pid}`, surroundings.pid);
  const ledger = openLedger(composition.settings.stateDir, owner);
  const scope = new Scope(CLEANUP_BUDGET_MS);
  interrupts.concern({ say: progress.say, pending: () => scope.pending() });
  try {
    const workdir = makeWorkdir(scope, { name: `seatrial-${owner.runId}`, ledger, owner });
    const images = await CrashImages.open(recorded.logFile, path.join(workdir, "durable"));
    scope.defer("open files", () => images[Symbol.dispose]());
    const { signal } = interrupts;
    const imageFile = path.join(workdir, "state");
    const { disk, steps } = recorded;
    const { directory } = steps;
    const parts = { runtime, images, disk, imageFile, directory, owner, clock, signal };
    const lab = new CrashLab(parts);
    scope.defer("the container and the disk", () => lab[Symbol.asyncDispose]());
    return await work({ images, lab, clock, progress });
  } finally {
    for (const { what, error } of await scope.close()) progress.say(`could not undo: ${what}: ${error}`);
    ledger.close();
  }
}

interface Task extends Bench {
  reference: string;
  flags: IntegritySearchFlags;
  recorded: RecordedRun;
  context: CommandContext;
}

async function searchAll(task: Task, { points, durationMs }: Limits): Promise<ExitCode> {
  const { images, lab, clock, progress, flags, recorded, context } = task;
  const { moments } = images;
  const { promises, run, steps } = recorded;
  const seed = flags.seed ?? run.manifest.seed;
  const endNs = clock.nowNs() + durationMs * 1e6;
  const estimate = { durationMs: Math.min(durationMs, points * STATE_MS), operations: points };
  progress.hear({ kind: "trial-began", trial: "search", title: "Crash states", estimate });
  const result = await search({
    moments,
    promises,
    points,
    random: createRandom(seed).fork("crash states"),
    tryState: async (state, promised) => (await lab.try(state, promised)).violation,
    isOver: () => clock.nowNs() >= endNs,
    progress: (done, total, detail) => progress.hear({ kind: "progress", trial: "search", done, total, detail }),
  });
  progress.close();
  const document = searchDocument(recorded, moments, { seed, result });
  writeWhole(recorded.resultFile, `${JSON.stringify(document, null, 2)}\n`);
  if (result.smallest) keepImage(task, result.smallest.state);
  if (flags.json) printJson(context.surroundings, document);
  else print(context.surroundings, searchText(document, steps.workload.regions, task.reference));
  return result.first ? EXIT.fail : EXIT.pass;
}

async function tryOne(task: Task, replayTo: string): Promise<ExitCode> {
  const { images, lab, progress, flags, recorded, context } = task;
  const { moments } = images;
  const entries = crashPoint(replayTo, moments.length, firstEntries(moments, recorded.promises));
  const survivors = parseSurvivors(flags.survivors ?? "none", volatileAt(moments, entries));
  const state: CrashState = { entries, survivors };
  const { violation, seen } = await lab.try(state, promisedAt({ moments, promises: recorded.promises }, entries));
  progress.close();
  keepImage(task, state);
  const crash = crashDocument(recorded, moments, { state, lost: lostIn(moments, state), violation });
  const log = logDocument(moments, recorded);
  if (flags.json)
    printJson(context.surroundings, { runId: recorded.run.manifest.runId, log, crash, seen: seen ?? null });
  else print(context.surroundings, crashText(crash, log, recorded.steps.workload.regions, seen));
  return violation ? EXIT.fail : EXIT.pass;
}

function crashPoint(text: string, most: number, least: number): number {
  const entries = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (entries >= least && entries <= most) return entries;
  const why = `before entry ${least} nothing was promised, and the log has ${most}`;
  throw searchError("SEARCH_POINT", `--replay-to ${text}: want a whole number from ${least} to ${most}; ${why}`);
}

/** As the crash left it: nobody has mounted it yet. */
function keepImage({ images, flags }: Task, state: CrashState): void {
  if (flags.keepImage !== undefined) images.make(state, path.resolve(flags.keepImage));
}
