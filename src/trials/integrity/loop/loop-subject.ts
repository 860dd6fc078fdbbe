import { type BlockSubject, createBlockSubject, PAYLOAD } from "../blocks/subject.ts";
import type { JournalState } from "../journal/records.ts";
import type { Pattern } from "./pattern.ts";
import { filledBlock } from "./pattern-block.ts";

/** Generations whose blocks are kept ready: those that a file can hold at one time, and then some. */
const MOST_PAGES = 16;

/** What the journal keeps of a pattern, in characters that it takes. */
export function payloadOf(pattern: Buffer): string {
  return `0x${pattern.toString("hex")}`;
}

/**
 * The pattern of the next generation. They take turns by the write counter, which the journal keeps: each is used,
 * whatever the step and the restarts. One whose write came to nothing is tried again.
 */
export function nextPattern(
  { generation, open }: Pick<JournalState, "generation" | "open">,
  patterns: readonly Pattern[],
) {
  const unfinished = patternIn(open.at(-1)?.payload);
  return unfinished ?? turnOf(generation + 1, patterns);
}

function turnOf(generation: number, patterns: readonly Pattern[]): Buffer {
  const pattern = patterns[(generation - 1) % patterns.length];
  if (!pattern) throw new RangeError("there is no pattern");
  return pattern.bytes;
}

/**
 * Blocks that are filled with the pattern of their generation: the one that the journal names, else the one whose turn
 * it would have been.
 */
export function createLoopSubject(
  runId: string,
  state: () => Pick<JournalState, "durable" | "open">,
  patterns: () => readonly Pattern[],
): BlockSubject {
  const pages = new Map<number, Buffer>();
  const make = (generation: number): Buffer => {
    const { durable, open } = state();
    const known =
      open.find((one) => one.since <= generation && generation <= one.generation) ??
      durable.find((one) => one.generation === generation);
    return filledBlock(patternIn(known?.payload) ?? turnOf(generation, patterns()));
  };
  const pageOf = (generation: number): Buffer => {
    const page = pages.get(generation) ?? make(generation);
    if (pages.size >= MOST_PAGES) pages.clear();
    pages.set(generation, page);
    return page;
  };
  return {
    ...createBlockSubject(runId),
    fill: (target, at, { generation }) => {
      pageOf(generation).copy(target, at);
      return PAYLOAD.pattern;
    },
  };
}

function patternIn(payload: string | undefined): Buffer | undefined {
  return payload?.startsWith("0x") ? Buffer.from(payload.slice(2), "hex") : undefined;
}
