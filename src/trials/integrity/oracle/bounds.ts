/** Generations from `from` to `to`, both of them. */
export interface GenerationRange {
  from: number;
  to: number;
}

/** Who wrote a generation, as far as the oracle handed it out. */
export interface Origin {
  epoch: number;
  /** Undefined where only the epoch is kept. */
  sequence?: number;
}

/** Which states of one slot keep what was promised. */
export interface Bounds {
  /** The newest generation that is promised; 0 when none is: the slot may never have been written. */
  low: number;
  /** The newest generation that was handed out. */
  high: number;
  /** Generations that a settlement found absent: a writer's time was over and they had not come. Rising. */
  refused: readonly GenerationRange[];
  /** Whether zeros, or a hole, are right: nothing was promised, or a file is being made. */
  zerosRight: boolean;
  /** Whether those zeros are a file that is being made rather than a slot that was never written: no generation of it. */
  beingMade?: boolean;
  /** Whether pieces of several allowed generations may stand beside each other: a write may have been cut short. */
  inFlight: boolean;
  /** The newest epoch; what an older one writes from now on is a zombie's. */
  fence: number;
  /** Who wrote `generation`; undefined for what was never handed out. */
  origin(generation: number): Origin | undefined;
}

/** Whether a slot may hold `generation`. */
export function isAllowed(bounds: Bounds, generation: number): boolean {
  return generation >= bounds.low && generation <= bounds.high && !isRefused(bounds, generation);
}

/** Whether a settlement found `generation` absent. */
export function isRefused({ refused }: Bounds, generation: number): boolean {
  for (const range of refused) if (generation >= range.from && generation <= range.to) return true;
  return false;
}

/** Whether more than one generation is allowed. */
export function isUncertain(bounds: Bounds): boolean {
  if (bounds.high === bounds.low) return false;
  const last = bounds.refused.at(-1);
  // Refused ranges begin above what was settled, so that one that reaches the newest leaves only the oldest.
  return !(last && last.to >= bounds.high && last.from <= bounds.low + 1);
}
