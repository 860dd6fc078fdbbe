import path from "node:path";
import type { ActReport, Answer, ScenarioId, ScenarioOp } from "./model.ts";
import { INSIDE } from "./plan.ts";
import type { Pair, Side, VisibilityContext } from "./rig.ts";
import type { Rung, ScenarioResults } from "./scenario-results.ts";
import type { HeldInterval } from "./tasks/scenarios/exclusion.ts";
import type { LargeFile } from "./tasks/scenarios/files.ts";
import { actInLabTime, halfWidthNs, toAgentTime, toLabTime } from "./timing.ts";

interface ScenarioRequest {
  context: VisibilityContext;
  pair: Pair;
  op: ScenarioOp;
  /** Keeps the files of scenarios apart. */
  index: number;
  signal: AbortSignal;
}

/** A request with a directory of the scenario's own on both sides, empty and visible. */
interface Stage extends ScenarioRequest {
  writer: Side;
  reader: Side;
  call<Output>(side: Side, task: string, input: object): Promise<Output>;
  /** A point in lab time that both sides will have heard of before it comes. */
  soonNs(): number;
}

const LEAD_NS = 5_000_000;

const PERFORM: { [Id in ScenarioId]: (stage: Stage) => Promise<ScenarioResults[Id]> } = {
  ladder: climbLadder,
  "reads-under-replace": (stage) => readUnderWriting(stage, "replace"),
  "reads-under-append": (stage) => readUnderWriting(stage, "append"),
  "flock-exclusion": excludeByLock,
  "create-exclusion": excludeByCreation,
  "many-files": makeManyFiles,
  "large-file": makeLargeFile,
  "single-file-mount": changeSingleFile,
  database: runDatabase,
};

/** Performs one scenario in a directory of its own; judges nothing. */
export async function runScenario(request: ScenarioRequest): Promise<ScenarioOp> {
  const { pair, op, signal, context } = request;
  const own = (side: Side): Side => ({
    ...side,
    directory: path.posix.join(side.directory, `scenario-${request.index}`),
  });
  const call = <Output>(side: Side, task: string, input: object) => side.agent.call<Output>(task, input, { signal });
  const stage: Stage = {
    ...request,
    writer: own(pair.writer),
    reader: own(pair.reader),
    call,
    soonNs: () => context.clock.nowNs() + LEAD_NS,
  };
  await call(stage.writer, "visibility.make-directory", { path: stage.writer.directory });
  await call(stage.writer, "files.write", { path: path.join(stage.writer.directory, "ready"), text: "ready" });
  await waitForFile(stage, "ready", "ready");
  await call(stage.writer, "files.remove", { path: path.join(stage.writer.directory, "ready") });
  try {
    const result = await PERFORM[op.scenario](stage);
    return { ...op, result, clockHalfWidthNs: halfWidthNs(pair.writer.agent) + halfWidthNs(pair.reader.agent) };
  } finally {
    await call(stage.writer, "visibility.clean", {}).catch(() => {});
    await call(stage.writer, "files.remove", { path: stage.writer.directory }).catch(() => {});
  }
}

/** Until the reader sees what a scenario begins with. @throws Error when the time is up: then nothing of it was tried. */
async function waitForFile({ reader, call, context }: Stage, name: string, text: string): Promise<void> {
  const { timeoutMs: budgetMs } = context.options;
  const file = path.join(reader.directory, name);
  const { seenNs, last } = await call<{ seenNs?: number; last: string }>(reader, "visibility.await-text", {
    file,
    text,
    budgetMs,
  });
  if (seenNs === undefined) throw new Error(`${name} was not seen within ${budgetMs} ms: ${last.slice(0, 60)}`);
}

const RUNG_SPACING_NS = 400_000;
const LOOK_LEAD_NS = 100_000;

async function climbLadder({ context, op, writer, reader, call, soonNs }: Stage): Promise<ScenarioResults["ladder"]> {
  const operation = op.operation ?? "create";
  const delays = context.options.ladderMs;
  const names = delays.map((_, index) => `rung${index}`);
  await call(writer, "visibility.prepare-many", {
    items: names.map((name) => ({ directory: writer.directory, name, operation })),
  });
  if (op.state === "looked") {
    const look = {
      directory: reader.directory,
      operation,
      observer: "stat",
      state: "looked",
      budgetMs: context.options.timeoutMs,
    };
    for (const name of names) {
      const { armed } = await call<{ armed: boolean }>(reader, "visibility.peek", { ...look, name });
      if (!armed) throw new Error(`the state before of ${name} was not seen within ${look.budgetMs} ms`);
    }
  }
  const startNs = soonNs();
  const dueNs = names.map((_, index) => startNs + index * RUNG_SPACING_NS);
  const looks = names
    .map((name, index) => ({ name, index, atNs: (dueNs[index] ?? 0) + LOOK_LEAD_NS + (delays[index] ?? 0) * 1e6 }))
    .sort((a, b) => a.atNs - b.atNs);
  const inAgentTime = (side: Side) => (item: { name: string; atNs: number }) => ({
    name: item.name,
    atNs: toAgentTime(side.agent, item.atNs),
  });
  const [acts, answers] = await Promise.all([
    call<ActReport[]>(writer, "visibility.act-many", {
      items: names.map((name, index) => inAgentTime(writer)({ name, atNs: dueNs[index] ?? 0 })),
    }),
    call<{ answer: Answer; beginNs: number; endNs: number }[]>(reader, "visibility.look-many", {
      directory: reader.directory,
      operation,
      observer: "stat",
      items: looks.map(inAgentTime(reader)),
    }),
  ]);
  const rungs = looks.map(({ index }, position): Rung => {
    const { answer, beginNs, endNs } = answers[position] ?? { answer: "error: no look" as const, beginNs: 0, endNs: 0 };
    const act = actInLabTime(writer.agent, acts[index] ?? { begunNs: 0, returnedNs: 0 });
    return {
      delayMs: delays[index] ?? 0,
      act,
      answer,
      beginNs: toLabTime(reader.agent, beginNs),
      endNs: toLabTime(reader.agent, endNs),
    };
  });
  return { rungs };
}

async function readUnderWriting(
  stage: Stage,
  family: "replace" | "append",
): Promise<ScenarioResults["reads-under-replace"]> {
  const { context, writer, reader, call } = stage;
  const startNs = stage.soonNs();
  const { scenarioDurationMs: durationMs, timeoutMs } = context.options;
  const input = (side: Side) => ({
    directory: side.directory,
    family,
    durationMs,
    fromNs: toAgentTime(side.agent, startNs),
  });
  const [write, read] = await Promise.all([
    call<ScenarioResults["reads-under-replace"]["write"]>(writer, "visibility.stress-write", input(writer)),
    call<ScenarioResults["reads-under-replace"]["read"]>(reader, "visibility.stress-read", input(reader)),
  ]);
  const last = await call<ScenarioResults["reads-under-replace"]["last"]>(reader, "visibility.stress-read-last", {
    directory: reader.directory,
    family,
    least: write.lastSequence,
    budgetMs: timeoutMs,
  });
  return { write, read, last };
}

async function excludeByLock(stage: Stage): Promise<ScenarioResults["flock-exclusion"]> {
  const { context, writer, reader, call, soonNs } = stage;
  await call(writer, "files.write", { path: path.join(writer.directory, "lock"), text: "" });
  await waitForFile(stage, "lock", "");
  const startNs = soonNs();
  const run = async (side: Side) => {
    const input = {
      file: path.join(side.directory, "lock"),
      fromNs: toAgentTime(side.agent, startNs),
      durationMs: context.options.scenarioDurationMs,
    };
    const { held, refused } = await call<{ held: HeldInterval[]; refused: number }>(
      side,
      "visibility.lock-loop",
      input,
    );
    return {
      refused,
      held: held.map(([from, to]): HeldInterval => [toLabTime(side.agent, from), toLabTime(side.agent, to)]),
    };
  };
  const [one, other] = await Promise.all([run(writer), run(reader)]);
  return { held: [one.held, other.held], refused: [one.refused, other.refused] };
}

const RACES = 200;
const RACE_SPACING_NS = 500_000;

async function excludeByCreation({
  writer,
  reader,
  call,
  soonNs,
}: Stage): Promise<ScenarioResults["create-exclusion"]> {
  const names = Array.from({ length: RACES }, (_, index) => `race${index}`);
  const startNs = soonNs();
  const run = (side: Side) =>
    call<{ won: string[]; errors: Record<string, number> }>(side, "visibility.create-race", {
      directory: side.directory,
      names,
      fromNs: toAgentTime(side.agent, startNs),
      spacingNs: RACE_SPACING_NS,
    });
  const [one, other] = await Promise.all([run(writer), run(reader)]);
  return { names: RACES, won: [one.won, other.won], errors: sums(one.errors, other.errors) };
}

function sums(one: Record<string, number>, other: Record<string, number>): Record<string, number> {
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(keys.map((key) => [key, (one[key] ?? 0) + (other[key] ?? 0)]));
}

async function makeManyFiles({ context, writer, reader, call }: Stage): Promise<ScenarioResults["many-files"]> {
  const { manyFiles: count, timeoutMs: budgetMs } = context.options;
  const change = async (remove: boolean) => {
    await call(writer, "visibility.many-change", { directory: writer.directory, count, remove });
    const changedNs = context.clock.nowNs();
    const report = await call<ScenarioResults["many-files"]["made"]>(reader, "visibility.many-check", {
      directory: reader.directory,
      count,
      removed: remove,
      budgetMs,
    });
    const { completeNs, ...rest } = report;
    return {
      changedNs,
      report: completeNs === undefined ? rest : { ...rest, completeNs: toLabTime(reader.agent, completeNs) },
    };
  };
  const made = await change(false);
  const removed = await change(true);
  return { count, madeNs: made.changedNs, removedNs: removed.changedNs, made: made.report, removed: removed.report };
}

/** Marks across 2 GiB and 4 GiB, where 31 and 32 bits end; the file is sparse and takes a few blocks. */
const LARGE: Omit<LargeFile, "file"> = {
  sizeBytes: 4 * 2 ** 30 + 8192,
  marks: [0, 2 ** 31 - 4, 2 ** 32 - 4, 2 ** 32 + 4096].map((offset) => ({
    offset,
    text: `@${offset}`.padEnd(12).slice(0, 12),
  })),
};

async function makeLargeFile({ context, writer, reader, call }: Stage): Promise<ScenarioResults["large-file"]> {
  await call(writer, "visibility.large-make", { ...LARGE, file: path.join(writer.directory, "large") });
  const { wrong } = await call<{ wrong: string[] }>(reader, "visibility.large-check", {
    ...LARGE,
    file: path.join(reader.directory, "large"),
    budgetMs: context.options.timeoutMs,
  });
  return { sizeBytes: LARGE.sizeBytes, marks: LARGE.marks.length, wrong };
}

/** A replaced file is another file: the mount keeps showing the one it was made of. Waiting longer would change nothing. */
const REPLACE_WAIT_MS = 300;

async function changeSingleFile({
  context,
  writer,
  reader,
  call,
  op,
}: Stage): Promise<ScenarioResults["single-file-mount"]> {
  const file = path.join(context.workdir, `${op.environment}-file`);
  const waitForText = (text: string, budgetMs: number) =>
    call<{ seenNs?: number; last: string }>(reader, "visibility.await-text", {
      file: INSIDE.singleFile,
      text,
      budgetMs,
    });
  const change = async (text: string, replace: boolean, budgetMs: number) => {
    const beganNs = context.clock.nowNs();
    await call(writer, "visibility.put-text", { file, text, replace });
    const { seenNs, last } = await waitForText(text, budgetMs);
    return { seenMs: seenNs === undefined ? null : (toLabTime(reader.agent, seenNs) - beganNs) / 1e6, last };
  };
  const edit = await change("edited in place", false, context.options.timeoutMs);
  const replace = await change("replaced by rename", true, REPLACE_WAIT_MS);
  return { editSeenMs: edit.seenMs, editLast: edit.last, replaceSeenMs: replace.seenMs };
}

async function runDatabase(stage: Stage): Promise<ScenarioResults["database"]> {
  const { context, writer, reader, call, soonNs } = stage;
  await call(writer, "visibility.database-make", { directory: writer.directory });
  await waitForFile(stage, "index", "\0".repeat(4096));
  const startNs = soonNs();
  const run = (side: Side, who: string) =>
    call<ScenarioResults["database"]["reports"][number]>(side, "visibility.database-run", {
      directory: side.directory,
      process: who,
      fromNs: toAgentTime(side.agent, startNs),
      durationMs: context.options.scenarioDurationMs,
    });
  return { reports: await Promise.all([run(writer, "first side"), run(reader, "second side")]) };
}
