import { messageOf } from "../../../core/errors.ts";
import { Scope } from "../../../core/scope.ts";
import { type CaseContext, CaseEnded, type VolumeCase } from "../cases/case.ts";
import { DriverClient } from "../client.ts";
import type { CaseResult } from "../model.ts";
import { NotOffered, type Subject } from "../subject.ts";
import { CaseRecord } from "./case-record.ts";
import { takeAway } from "./clean-up.ts";
import type { CaseSetting } from "./case-setting.ts";
import { createContext } from "./context.ts";
import { Names } from "./names.ts";
import { lackFor } from "./needs.ts";
import { TrackingClient } from "./tracking-client.ts";

const LIMIT_MS = 30 * 60_000;
/** On top of that for each round on an engine. */
const ENGINE_ROUND_LIMIT_MS = 60_000;
/** For all that is undone after a case, at least; slow drivers get more. */
const CLEANUP_MS = 60_000;

/**
 * Tries one case and takes away what it made. What breaks in the suite itself is in the result, beside the checks before
 * it. @throws the signal's reason once that is aborted
 */
export async function runCase(volumeCase: VolumeCase, setting: CaseSetting): Promise<CaseResult> {
  const { subject, clock, deadlineMs, signal } = setting;
  const record = new CaseRecord();
  const lack = lackFor(volumeCase, subject);
  if (lack !== "") return { ...record.finish(), skipped: lack };
  const driver = new TrackingClient({
    socketPath: subject.socketPath,
    clock,
    deadlineMs,
    record: (exchange) => record.exchanges.add(exchange),
  });
  const random = setting.random.fork(volumeCase.id);
  const names = new Names(volumeCase.id, clock, random);
  const scope = new Scope(Math.max(CLEANUP_MS, 3 * deadlineMs));
  scope.defer("take away what it made", () => restore(setting, record, { ...driver.remains(), names: names.given }));
  const context = createContext({ setting, driver, record, names, random, scope });
  const { limitMs = LIMIT_MS + setting.scale.engineRounds * ENGINE_ROUND_LIMIT_MS } = setting;
  await perform(volumeCase, context, { record, limitMs });
  if (!signal.aborted) await lookForLife(volumeCase, subject, { driver, record });
  driver.close();
  for (const { what, error } of await scope.close()) record.observe(`afterwards, could not ${what}: ${error}`);
  signal.throwIfAborted();
  return record.finish();
}

async function perform(
  { run }: VolumeCase,
  context: CaseContext,
  { record, limitMs }: { record: CaseRecord; limitMs: number },
): Promise<void> {
  const over = new AbortController();
  const limit = context.clock.sleep(limitMs, AbortSignal.any([context.signal, over.signal])).then(() => {
    throw new Error(`it had not come to its end after ${Math.round(limitMs / 1000)} s`);
  });
  try {
    await Promise.race([run(context), limit]);
  } catch (error) {
    if (error instanceof NotOffered) record.skip(error.message);
    else if (!(error instanceof CaseEnded)) record.broke(messageOf(error));
  } finally {
    over.abort();
    limit.catch(() => {});
  }
}

/** A driver that no case meant to end has to be there afterwards. */
async function lookForLife(
  { needs }: VolumeCase,
  { process, socketPath }: Subject,
  { driver, record }: { driver: TrackingClient; record: CaseRecord },
): Promise<void> {
  if (needs.includes("process") || socketPath === "") return;
  const listens = await driver.connect().then(
    (socket) => {
      socket.destroy();
      return true;
    },
    () => false,
  );
  if (!listens) record.checks.add("The driver still runs after the case.", false, lastWords(process?.log() ?? ""));
}

function lastWords(log: string): string {
  const lines = log.trimEnd().split("\n").slice(-5).join("\n");
  return lines === "" ? "nobody listens on its socket" : `nobody listens on its socket; its last words:\n${lines}`;
}

/** The driver runs, its back end is whole, and nothing of the case is left. */
async function restore(
  { subject, clock, deadlineMs }: CaseSetting,
  record: CaseRecord,
  leftovers: Parameters<typeof takeAway>[1],
): Promise<void> {
  await subject.backEnd?.heal();
  if (subject.process && subject.process.pid() === undefined) await subject.process.start();
  if (subject.socketPath === "") return;
  const client = new DriverClient({ socketPath: subject.socketPath, clock, deadlineMs });
  try {
    for (const problem of await takeAway(client, leftovers)) record.observe(`afterwards, ${problem}`);
  } finally {
    client.close();
  }
}
