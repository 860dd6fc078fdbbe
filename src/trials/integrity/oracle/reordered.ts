import { isRefused } from "./bounds.ts";
import type { Workload } from "../model.ts";
import type { Oracle } from "./oracle.ts";
import { ownerOf, type SlotGeneration } from "./schedule.ts";

/**
 * Of uncertain slots, as they were found, those that lost a step although one of the same worker was kept that was asked
 * for after the lost one had been answered: the storage kept another order than it was told, which it may as long as
 * nothing was synced.
 */
export function reorderedSlots(
  oracle: Oracle,
  { workers, queueDepth = 1 }: Pick<Workload, "workers" | "queueDepth">,
  found: readonly SlotGeneration[],
): SlotGeneration[] {
  const regions = new Map(oracle.regions.map((region) => [region.id, region]));
  const stepsOf = (seen: SlotGeneration): { worker: number; kept: number; lost: number } => {
    const region = regions.get(seen.region);
    if (!region) throw new RangeError(`no region ${seen.region}`);
    const bounds = oracle.bounds(seen.region, seen.slot);
    let next = seen.generation + 1;
    while (next <= bounds.high && isRefused(bounds, next)) next++;
    const sequence = (generation: number): number | undefined => bounds.origin(generation)?.sequence;
    const isUnpromised = seen.generation > bounds.low;
    return {
      worker: ownerOf(region, seen.slot, workers),
      kept: (isUnpromised ? sequence(seen.generation) : undefined) ?? -1,
      lost: sequence(next) ?? Infinity,
    };
  };
  const newestKept = new Map<number, number>();
  for (const seen of found) {
    const { worker, kept } = stepsOf(seen);
    newestKept.set(worker, Math.max(newestKept.get(worker) ?? -1, kept));
  }
  return found.filter((seen) => {
    const { worker, lost } = stepsOf(seen);
    return lost + queueDepth * workers <= (newestKept.get(worker) ?? -1);
  });
}
