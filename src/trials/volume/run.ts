import { createConnection } from "node:net";
import { messageOf, SeatrialError } from "../../core/errors.ts";
import type { TrialContext } from "../../core/trial.ts";
import { told, type VolumeCase } from "./cases/case.ts";
import { volumeCases } from "./cases/index.ts";
import { volumeError } from "./errors.ts";
import type { CaseOp, CaseResult, VolumeOp } from "./model.ts";
import { type DriverNote, NOTES } from "./notes.ts";
import type { VolumeTrialOptions } from "./options.ts";
import type { VolumeSteps } from "./plan.ts";
import { lacking } from "./runner/needs.ts";
import { runCase } from "./runner/run-case.ts";
import type { Subject } from "./subject.ts";
import { commandText, openSubject } from "./subjects/open-subject.ts";

type VolumeContext = TrialContext<VolumeTrialOptions, VolumeOp, VolumeSteps>;

/** Tries every case of the plan, one after another, on one driver. */
export async function runVolume(context: VolumeContext): Promise<void> {
  const opened = await openHere(context);
  if ("unfit" in opened) return skipAll(context, opened.unfit);
  await using subject = opened;
  context.recorder.note(NOTES.driver, await askDriver(context, subject));
  let gone = "";
  await forEachCase(context, async (volumeCase) => {
    const silence = gone === "" ? await deafness(subject) : "";
    if (silence !== "") gone = `the driver listens no more, since before ${volumeCase.id} (${silence})`;
    return gone === "" ? tryCase(context, subject, volumeCase) : skippedFor(gone);
  });
}

/** The driver, or why this machine cannot have Seatrial's own; one that the user named must come up. */
async function openHere(context: VolumeContext): Promise<Subject | { unfit: string }> {
  const { options, plan, workdir, clock, signal } = context;
  const { subject: kind } = plan.steps;
  context.progress(0, plan.steps.cases.length, "starting the driver");
  try {
    const subject = await openSubject({ kind, options, workdir, clock, signal });
    const silence = await deafness(subject);
    if (silence === "") return subject;
    await subject[Symbol.asyncDispose]();
    throw volumeError("VOLUME_NOT_LISTENING", silence);
  } catch (error) {
    if (kind !== "own" || !(error instanceof SeatrialError) || !UNFIT.has(error.code)) throw error;
    return { unfit: `${messageOf(error)} (${error.remedy})` };
  }
}

const UNFIT = new Set(["VOLUME_HOST_FAILED", "SUBJECT_NOT_BUILT"]);

function skipAll(context: VolumeContext, why: string): Promise<void> {
  context.recorder.note(NOTES.unfit, why);
  return forEachCase(context, async () => skippedFor(why));
}

async function forEachCase(
  { plan, recorder, progress, signal }: VolumeContext,
  attempt: (volumeCase: VolumeCase) => Promise<CaseResult>,
): Promise<void> {
  const cases = volumeCases.filter(({ id }) => plan.steps.cases.includes(id));
  for (const [index, volumeCase] of cases.entries()) {
    signal.throwIfAborted();
    const { id, title } = volumeCase;
    progress(index, cases.length, `${id} ${title}`);
    const op: CaseOp = { type: "case", id };
    await recorder.operation("suite", op, async () => ({ ...op, result: await attempt(volumeCase) }));
  }
  progress(cases.length, cases.length, "all cases tried");
}

function tryCase(context: VolumeContext, subject: Subject, volumeCase: VolumeCase): Promise<CaseResult> {
  const { plan, options, random, clock, signal } = context;
  const { scale } = plan.steps;
  return runCase(volumeCase, { subject, scale, deadlineMs: options.deadlineMs, random, clock, signal });
}

function skippedFor(skipped: string): CaseResult {
  return { checks: [], exchanges: [], exchangeCount: 0, timings: [], observations: [], skipped };
}

async function askDriver({ options, plan }: VolumeContext, subject: Subject): Promise<DriverNote> {
  const { subject: kind } = plan.steps;
  return {
    where:
      kind === "registered" ? (options.driver ?? "") : kind === "running" ? subject.socketPath : commandText(options),
    ...(await askSocket(subject)),
    ...(subject.engine && { engine: { driver: subject.engine.driver, ...(await subject.engine.about()) } }),
    lacks: lacking(subject),
    faults: [...(subject.backEnd?.faults ?? [])],
  };
}

async function askSocket({
  socketPath,
  client: connect,
}: Subject): Promise<Pick<DriverNote, "activate" | "capabilities">> {
  if (socketPath === "") return { activate: "", capabilities: "" };
  const client = connect();
  const [activate, capabilities] = [await client.activate(), await client.capabilities()];
  client.close();
  return { activate: told(activate), capabilities: told(capabilities) };
}

/**
 * Why nobody can connect, or "". A driver that the suite can start is started again after a case that ended it; another
 * may be gone for good.
 */
function deafness({ process, socketPath }: Subject): Promise<string> {
  if (process || socketPath === "") return Promise.resolve("");
  return new Promise((resolve) => {
    const socket = createConnection(socketPath);
    socket.once("connect", () => {
      socket.destroy();
      resolve("");
    });
    socket.once("error", (error) => resolve(error.message));
  });
}
