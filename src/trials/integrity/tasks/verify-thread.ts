import { continues } from "../blocks/stretches.ts";
import type { Damage, DamageKind, Latencies, Promised, ReadPath, Region } from "../model.ts";
import { foldPromised } from "../oracle/oracle.ts";
import { allowedSizes } from "../oracle/presence.ts";
import { LatencyClasses } from "./latency-classes.ts";
import { isRaised, type StopFlag } from "./pace.ts";
import { type BlockStretch, blocksOfSlot, portionsOf } from "./portions.ts";
import { SlotReader } from "./slot-reader.ts";
import type { SlotsSeen } from "./slots-seen.ts";

/** Where to read, by which path, and what it is held against. */
export interface ReadInput {
  directory: string;
  promised: Promised;
  path: ReadPath;
}

/** Reading together with other threads. */
export interface ReadTogether extends ReadInput {
  /** Everything when absent. */
  only?: readonly BlockStretch[];
  /** The portion that is next; all threads count it up. */
  next: Int32Array;
  stop: StopFlag;
}

/** Told for each portion that was read. */
export interface PortionSeen {
  index: number;
  seen: SlotsSeen;
}

/** Takes portions until there are none, or until `stop` is raised. */
export function readPortions(input: ReadTogether, tell: (event: PortionSeen) => void): Latencies {
  const portions = portionsOf(input.promised.workload.regions, input.only);
  return withReader(input, (reader) => {
    for (;;) {
      const index = Atomics.add(input.next, 0, 1);
      const portion = portions[index];
      if (!portion || isRaised(input.stop)) return;
      const seen = reader.read(portion);
      tell({ index, seen: { ...seen, damages: compressed(seen.damages) } });
    }
  });
}

/** Blocks to look at once more. */
export interface LookAgain extends ReadInput {
  places: readonly Pick<Damage, "region" | "block">[];
}

/** What a block is at this look. */
export type Look = DamageKind | "right";

/** Reads the slots of some blocks with fresh descriptors; "refused" when the path is none that the file system offers. */
export function lookAgain(input: LookAgain): Look[] | "refused" {
  const regions = new Map(input.promised.workload.regions.map((region) => [region.id, region]));
  let isRefused = false;
  const looks: Look[] = [];
  withReader(input, (reader) => {
    for (const { region: id, block } of input.places) {
      const region = regions.get(id) as Region;
      const slot = Math.min(Math.floor(block / blocksOfSlot(region)), region.slots - 1);
      const { damages } = reader.read({ region, fromSlot: slot, toSlot: slot + 1 });
      const damage = damages.find((one) => one.block <= block && block < one.block + one.blocks);
      isRefused ||= input.path === "direct" && damage?.systemCode === "EINVAL";
      looks.push(damage?.kind ?? "right");
    }
  });
  return isRefused ? "refused" : looks;
}

function withReader({ directory, promised, path }: ReadInput, work: (reader: SlotReader) => void): Latencies {
  const oracle = foldPromised(promised);
  const readNs = new LatencyClasses();
  const reader = new SlotReader({
    directory,
    path,
    readNs,
    workload: promised.workload,
    boundsOf: (region, slot) => oracle.bounds(region, slot),
    mostBytesOf: (region) => allowedSizes(oracle, region).mostBytes,
  });
  try {
    work(reader);
  } finally {
    reader.close();
  }
  return readNs.take();
}

/** Less to send. What is not at home stays one by one, so that both its ends can be found. */
function compressed(damages: readonly Damage[]): Damage[] {
  const kept: Damage[] = [];
  for (const damage of damages) {
    const last = kept.at(-1);
    if (last && last.kind !== "misdirected" && continues(last, damage)) last.blocks += damage.blocks;
    else kept.push(damage);
  }
  return kept;
}
