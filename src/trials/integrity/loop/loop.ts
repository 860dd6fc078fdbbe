import { BLOCK_BYTES } from "../model.ts";
import type { LoopSettings, ReadConfig } from "./config.ts";
import { type ConfigWatch, watchConfig } from "./config-watch.ts";
import { loopError } from "./errors.ts";
import { type LoopTools, pause } from "./loop-tools.ts";
import { durableEnd } from "./region.ts";
import { type MetricsServer, serveMetrics } from "./serve-metrics.ts";
import { type LoopSession, openSession } from "./session.ts";
import { BLIND_SPOTS } from "./take-over.ts";
import { dataFileBytes } from "./verify-pass.ts";
import { verifyStep } from "./verify-step.ts";
import { writeStep } from "./write-step.ts";

/** What a loop is asked to do. */
export interface LoopOrder {
  /** Read again in each iteration. @throws SeatrialError, which is an end only for the first reading */
  readConfig(): ReadConfig;
  pid: number;
  /** Verify once and end. */
  once: boolean;
  /** After damage was found, go on verifying; nothing is written any more either way. */
  keepGoing: boolean;
  breakLock: boolean;
}

/** How a loop ended, when nothing broke. interrupted: nothing is known to be wrong. */
export type LoopOutcome = "intact" | "damaged" | "interrupted";

/** After a write that was refused, however short the sleep is set. */
const LEAST_REST_MS = 1000;

/**
 * Writes and verifies one file until it is told to end, or damage is found. Whatever ends it, the journal says what is
 * durable, and nothing was written over damage.
 * @throws the errors of the loop, of the journal and of its lock
 */
export async function runLoop(order: LoopOrder, tools: LoopTools): Promise<LoopOutcome> {
  const config = watchConfig(order.readConfig, tools);
  const status = { unready: "the data has not been verified yet" as string | undefined };
  const server = await serve(config.settings, order, status, tools);
  try {
    const { settings } = config;
    const session = await openSession({ ...order, settings, patterns: () => config.settings.patterns });
    try {
      const outcome = await verifyThenLoop(session, config, order, status, tools);
      session.hold.journal.close();
      tools.log("info", "ended", { outcome, generation: session.hold.journal.state.generation });
      return outcome;
    } finally {
      session.hold.letGo();
    }
  } finally {
    await server?.close();
  }
}

interface Status {
  unready: string | undefined;
}

async function serve(
  { metrics: at }: LoopSettings,
  { once }: LoopOrder,
  status: Status,
  { metrics, log }: LoopTools,
): Promise<MetricsServer | undefined> {
  if (!at || once) return undefined;
  const server = await serveMetrics(at, { render: metrics.render, unready: () => status.unready });
  log("info", "metrics-served", { address: at.address, port: server.port });
  return server;
}

async function verifyThenLoop(
  session: LoopSession,
  config: ConfigWatch,
  order: LoopOrder,
  status: Status,
  tools: LoopTools,
): Promise<LoopOutcome> {
  await tellStart(session, config.settings, tools);
  if (hasSomethingToVerify(session)) {
    const outcome = await verifyStep(session, config.settings, tools, "start");
    if (outcome === "abandoned") return "interrupted";
  } else tools.log("info", "nothing-to-verify-yet");
  if (session.damaged) status.unready = "damage was found";
  else status.unready = undefined;
  if (order.once || (session.damaged && !order.keepGoing)) return session.damaged ? "damaged" : "intact";
  await iterate(session, config, order, status, tools);
  return session.damaged ? "damaged" : "interrupted";
}

async function iterate(
  session: LoopSession,
  config: ConfigWatch,
  { keepGoing }: LoopOrder,
  status: Status,
  tools: LoopTools,
): Promise<void> {
  for (let i = 0; !tools.signal.aborted; i++) {
    const settings = config.reload();
    if (!session.hold.lock.isHeld())
      throw loopError("INTEGRITY_LOOP_SUPPLANTED", `the lock of ${session.hold.file} is gone`);
    const writes = settings.mode === "write" && i % settings.writeStep === 0 && !session.damaged;
    const rested = writes ? await writeOnce(session, settings, tools) : await verifyOnce(session, settings, tools);
    if (session.damaged) status.unready = "damage was found";
    if (session.damaged && !keepGoing) return;
    await pause(tools, rested);
  }
}

/** Answers how long to rest, milliseconds. */
async function writeOnce(session: LoopSession, settings: LoopSettings, tools: LoopTools): Promise<number> {
  tools.metrics.iterations.add(1, { kind: "write" });
  const outcome = await writeStep(session, settings, tools);
  if (outcome === "done") return 0;
  if (outcome === "misshapen") await verifyStep(session, settings, tools, "shape");
  return Math.max(settings.sleepMs, LEAST_REST_MS);
}

async function verifyOnce(session: LoopSession, settings: LoopSettings, tools: LoopTools): Promise<number> {
  if (hasSomethingToVerify(session)) {
    tools.metrics.iterations.add(1, { kind: "verify" });
    await verifyStep(session, settings, tools, "iteration");
  } else {
    tools.metrics.iterations.add(1, { kind: "idle" });
    tools.log("info", "nothing-to-verify-yet");
  }
  return settings.sleepMs;
}

function hasSomethingToVerify({ hold, before }: LoopSession): boolean {
  return hold.journal.state.generation > 0 || before.kind === "finished" || before.kind === "unfinished";
}

async function tellStart({ hold, before, left }: LoopSession, settings: LoopSettings, tools: LoopTools): Promise<void> {
  const { log, metrics } = tools;
  const { found, journal, file, runId } = hold;
  metrics.epoch.set(journal.state.epoch);
  metrics.generation.set(found.generation, { state: "issued" });
  metrics.generation.set(Math.max(...found.durable.map(({ generation }) => generation)), { state: "durable" });
  log("info", "started", {
    data: settings.filePath,
    journal: file,
    runId,
    epoch: journal.state.epoch,
    generation: found.generation,
    durableBytes: durableEnd(found),
    endedInGoodOrder: found.closed,
    unfinished: found.open.map(({ generation }) => generation),
  });
  if (before.kind === "nothing") return;
  const there = (await dataFileBytes(settings.filePath)) ?? 0;
  log("info", "original-state-found", {
    files: [left.wal?.path, left.last?.path].filter((path) => path !== undefined),
    conclusion: before.kind,
    patterns: before.patterns.map(({ text }) => text),
    fileBytes: there,
    configuredBytes: settings.sizeBytes,
    unjudgedTailBytes: there % BLOCK_BYTES,
    cannotTell: BLIND_SPOTS,
  });
}
