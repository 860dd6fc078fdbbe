import { setMaxListeners } from "node:events";
import type { Clock } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { Fault, PlannedFault } from "../core/fault.ts";
import type { ControlName, Environment, EnvironmentWith } from "../core/runtime.ts";
import { type CleanupProblem, Scope } from "../core/scope.ts";
import type { HistoryWriter } from "../store/writer.ts";
import { engineError } from "./errors.ts";
import { startLoadTime } from "./load-time.ts";

/** What the nemesis works with. */
export interface NemesisParts {
  planned: readonly PlannedFault[];
  kinds: readonly Fault[];
  environments: ReadonlyMap<string, Environment>;
  history: HistoryWriter;
  clock: Clock;
  signal: AbortSignal;
  /** How long healing may take once the trial is over. */
  healBudgetMs: number;
  onFault(state: "injected" | "healed", fault: PlannedFault, description: string): void;
}

/** Injects what the plan says when the plan says it, heals it, and records both. */
export interface Nemesis {
  /** Begins the schedule; resolves when all is healed. @throws FAULT_FAILED, or the reason of the signal */
  start(): Promise<void>;
  /** No further fault is injected, and the time of the schedule stands still, until the returned function is called. */
  hold(): () => void;
  /** Heals what is still injected, also after an abort, within a budget of its own. Says what it could not heal. */
  healAll(): Promise<CleanupProblem[]>;
  /** Why a fault was not injected or not healed as planned, even where the trial did not care. */
  failure(): unknown;
  pending(): string[];
}

/** The nemesis of one trial. The plan has been checked: every kind and environment is known. */
export function createNemesis(parts: NemesisParts): Nemesis {
  const injected = new Scope(parts.healBudgetMs);
  const over = new AbortController();
  const signal = AbortSignal.any([parts.signal, over.signal]);
  // As many faults as the plan has wait for it, which is no leak.
  setMaxListeners(0, signal);
  let underWay: Promise<unknown> = Promise.resolve();
  let failure: unknown;
  let load = startLoadTime(parts.clock);

  const runOne = async (fault: PlannedFault): Promise<void> => {
    await load.until(fault.startMs, signal);
    // A trial hears of a kill only once it is done: the next fault must not come before that.
    const letGo = load.hold();
    const heal = await inject(parts, fault, signal).finally(letGo);
    const forget = injected.defer(`heal ${fault.id} (${fault.kind})`, heal);
    if (fault.durationMs === 0) return;
    await parts.clock.sleep(fault.durationMs, signal);
    forget();
    await heal();
  };
  const runOneOrSay = async (fault: PlannedFault): Promise<void> => {
    try {
      await runOne(fault);
    } catch (error) {
      if (signal.aborted && error === signal.reason) throw error;
      failure ??= engineError("FAULT_FAILED", `${fault.id} (${fault.kind}): ${messageOf(error)}`, { cause: error });
      throw failure;
    }
  };
  const start = () => {
    load = startLoadTime(parts.clock);
    const schedule = parts.planned.map(runOneOrSay);
    underWay = Promise.allSettled(schedule);
    const all = Promise.all(schedule).then(() => {});
    // A trial awaits it only once its load is over: a rejection before then must not end the process.
    all.catch(() => {});
    return all;
  };
  const healAll = () => {
    over.abort(new Error("the trial is over"));
    // Deferred last, it is done first: an injection under way hands over its undo before the others are healed.
    injected.defer("let injections under way end", async () => void (await underWay));
    return injected.close();
  };
  return { start, hold: () => load.hold(), healAll, failure: () => failure, pending: () => injected.pending() };
}

/** Injects one fault and records it; the function it returns heals, records that too, and works once. */
async function inject(parts: NemesisParts, fault: PlannedFault, signal: AbortSignal): Promise<() => Promise<void>> {
  const { history, clock } = parts;
  const kind = parts.kinds.find((candidate) => candidate.kind === fault.kind);
  const environment = parts.environments.get(fault.environment);
  if (!kind || !environment) throw new Error("the plan was not checked");
  const spec = kind.spec.parse(fault.spec);
  const begunNs = clock.nowNs();
  const undo = await kind.inject(spec, environment as EnvironmentWith<ControlName>, signal);
  history.write(clock.nowNs(), { kind: "fault-injected", fault, begunNs });
  parts.onFault("injected", fault, kind.describe(spec));

  return async () => {
    const data = await undo();
    if (fault.durationMs === 0) return;
    history.write(clock.nowNs(), { kind: "fault-healed", fault, ...(data === undefined ? {} : { data }) });
    parts.onFault("healed", fault, kind.describe(spec));
  };
}
