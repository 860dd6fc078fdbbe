import type { Promised, Region } from "../model.ts";
import { type Bounds, isUncertain } from "./bounds.ts";
import { boundsNow, type Ledger, openLedgers, settle } from "./ledger.ts";
import { ownerOf } from "./schedule.ts";

/** A slot that may hold more than one generation. */
export interface UncertainSlot {
  region: number;
  slot: number;
  bounds: Bounds;
}

/** What may be on the storage. Its memory grows with sessions and settlements, not with the storage. */
export interface Oracle {
  /** Newest epoch; 0 before the first session. */
  readonly epoch: number;
  /** Steps that were handed out, of all workers. */
  readonly issuedSteps: number;
  /** Steps among them that are promised, whether or not a newer one has taken their place since. */
  readonly promisedSteps: number;
  readonly regions: readonly Region[];
  /** @throws RangeError when there is no such slot */
  bounds(region: number, slot: number): Bounds;
  /** Each slot once, in no particular order; takes as long as there are steps that are promised nothing. */
  uncertain(): Generator<UncertainSlot>;
}

/**
 * Rebuilds from a few numbers what every slot may hold. No step is walked: how often a slot has been written, by which
 * step, and whether a sync covers that, is arithmetic.
 * @throws RangeError when a settlement names what was not allowed then
 */
export function foldPromised(promised: Promised): Oracle {
  const { workload, sessions } = promised;
  const ledgers = Array.from({ length: workload.workers }, (_, worker) => openLedgers(promised, worker)).flat();
  const regions = new Map(workload.regions.map((region) => [region.id, { region, ledgers: byOwner(region, ledgers) }]));
  const ledgerOf = (id: number, slot: number): Ledger => {
    const home = regions.get(id);
    if (!home || !(slot >= 0 && slot < home.region.slots)) throw new RangeError(`no slot ${slot} in region ${id}`);
    return home.ledgers[ownerOf(home.region, slot, workload.workers)] as Ledger;
  };
  for (const session of sessions) {
    for (const settled of session.settled) settle(ledgerOf(settled[0], settled[1]), session, settled);
  }
  const issuedSteps = sum(ledgers.map(({ turns }) => turns));
  return {
    epoch: sessions.at(-1)?.epoch ?? 0,
    issuedSteps,
    promisedSteps: issuedSteps - sum(ledgers.flatMap(({ cuts }) => cuts.map(([from, to]) => to - from))),
    regions: workload.regions,
    bounds: (region, slot) => boundsNow(ledgerOf(region, slot), slot),
    *uncertain() {
      for (const ledger of ledgers) yield* uncertainOf(ledger);
    },
  };
}

function byOwner(region: Region, ledgers: readonly Ledger[]): Ledger[] {
  const owned: Ledger[] = [];
  for (const ledger of ledgers) if (ledger.lane.region === region) owned[ledger.lane.worker] = ledger;
  return owned;
}

/** A slot is uncertain when its newest generation is promised nothing, so that one turn stands for each. */
function* uncertainOf(ledger: Ledger): Generator<UncertainSlot> {
  for (const [from, to] of ledger.cuts) {
    for (let turn = from; turn < to; turn++) {
      const { region, slot, generation } = ledger.lane.at(turn);
      const bounds = boundsNow(ledger, slot);
      if (generation === bounds.high && isUncertain(bounds)) yield { region, slot, bounds };
    }
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
