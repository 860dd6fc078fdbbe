import { performance } from "node:perf_hooks";
import type { Latencies } from "../model.ts";

/** Classes of one power of two: each is at most 1/128 of its values wide. */
const CLASSES_PER_OCTAVE_BITS = 7;
const CLASSES_PER_OCTAVE = 2 ** CLASSES_PER_OCTAVE_BITS;
/** Up to 2^47 ns, which is 39 hours. */
const CLASS_COUNT = 41 * CLASSES_PER_OCTAVE;

/** Counts durations in log-linear classes, as HdrHistogram does, exact below 256 ns. */
export class LatencyClasses {
  readonly #counts = new Float64Array(CLASS_COUNT);

  add(durationNs: number): void {
    const index = Math.min(classOf(Math.max(0, Math.floor(durationNs))), CLASS_COUNT - 1);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  /** Times a call, also one that throws: a failure after 30 s took 30 s. */
  time<Result>(call: () => Result): Result {
    const beganMs = performance.now();
    try {
      return call();
    } finally {
      this.add((performance.now() - beganMs) * 1e6);
    }
  }

  /** The classes that have something, each by its middle; counting begins anew. */
  take(): Latencies {
    const values: number[] = [];
    const counts: number[] = [];
    for (const [index, count] of this.#counts.entries()) {
      if (count === 0) continue;
      values.push(middleOf(index));
      counts.push(count);
    }
    this.#counts.fill(0);
    return { values, counts };
  }
}

/** Below 256 the value itself; from there the octave's number and the seven bits after the leading one. */
function classOf(value: number): number {
  if (value < 2 * CLASSES_PER_OCTAVE) return value;
  // Numbers of 32 bits have an instruction for it; a larger one is so many octaves above one that is not.
  if (value >= 2 ** 31) return 16 * CLASSES_PER_OCTAVE + classOf(Math.floor(value / 2 ** 16));
  const octave = 31 - Math.clz32(value) - CLASSES_PER_OCTAVE_BITS;
  return octave * CLASSES_PER_OCTAVE + (value >>> octave);
}

function middleOf(index: number): number {
  if (index < 2 * CLASSES_PER_OCTAVE) return index;
  const octave = Math.floor(index / CLASSES_PER_OCTAVE) - 1;
  const low = (index - octave * CLASSES_PER_OCTAVE) * 2 ** octave;
  return low + (2 ** octave - 1) / 2;
}
