import { SECTOR_BYTES } from "../model.ts";
import { type Bounds, isAllowed } from "../oracle/bounds.ts";
import { type Candidate, candidatesFor } from "./candidates.ts";
import { HEAD_BYTES, type Frame, SECTORS } from "./format.ts";
import { differingBits, mendHead } from "./mend.ts";
import type { BlockSubject, PayloadKey } from "./subject.ts";

/** More wrong bits than this over a whole block are no flipped bits; as many as a damage lists. */
export const FLIP_LIMIT_BITS = 64;

/** What a damaged block is made of. */
export interface Attribution {
  kind: "torn" | "torn-in-flight" | "bit-flip" | "header-damaged" | "garbage";
  /** As in `Damage`. */
  sectors: string;
  /** As in `Damage`. */
  wrongBits: number[];
}

/** What a sector is, when it is held against one candidate. */
interface Sector {
  /** 0 for zeros. */
  generation: number;
  /** It was handed out once, or is zeros. */
  isKnown: boolean;
  /** From the block's start; those of the head are among them, where it could be mended. */
  wrongBits: number[];
  /** It has a head, which is neither this generation's nor near it. */
  isHeadless: boolean;
}

/**
 * The slow path, for a block whose checksums are bad: sector by sector it is held against every generation that can be
 * made again and that anything speaks of. First match wins: one sector that is like none of them is garbage; a few wrong
 * bits are flips, whatever else; several generations are torn; with one generation everywhere it is the head.
 */
export function attribute(
  frame: Frame,
  subject: BlockSubject,
  place: Omit<PayloadKey, "generation">,
  bounds: Bounds,
): Attribution {
  const candidates = candidatesFor(frame, subject, place, bounds);
  const sectors = sectorsOf(frame, candidates, bounds);
  const wrongBits = sectors.flatMap((sector) => sector?.wrongBits ?? []);
  const kind = nameOf(sectors, wrongBits.length, bounds);
  return { kind, sectors: sectors.map(symbolOf).join(","), wrongBits: kind === "bit-flip" ? wrongBits : [] };
}

function nameOf(sectors: readonly (Sector | undefined)[], wrongBits: number, bounds: Bounds): Attribution["kind"] {
  const known = sectors.filter((sector) => sector !== undefined);
  if (known.length < SECTORS || wrongBits > FLIP_LIMIT_BITS) return "garbage";
  if (wrongBits > 0) return "bit-flip";
  const generations = new Set(known.map(({ generation }) => generation));
  if (generations.size === 1) return "header-damaged";
  const isLegal = (generation: number): boolean =>
    generation === 0 ? bounds.zerosRight : isAllowed(bounds, generation);
  const isCut = bounds.inFlight && !known.some(({ isHeadless }) => isHeadless) && [...generations].every(isLegal);
  return isCut ? "torn-in-flight" : "torn";
}

function symbolOf(sector: Sector | undefined): string {
  if (!sector || sector.isHeadless) return "?";
  if (sector.wrongBits.length > 0) return "~";
  return sector.generation === 0 ? "Z" : String(sector.generation);
}

/** Each sector as the candidate that it is most like; undefined where it is like none. */
function sectorsOf(frame: Frame, candidates: readonly Candidate[], bounds: Bounds): (Sector | undefined)[] {
  const likely = (sector: number, usual?: number): Sector | undefined =>
    candidates
      .map((candidate) => held(frame, sector, candidate, bounds))
      .filter((match) => match !== undefined)
      .sort((a, b) => preference(a, usual) - preference(b, usual))[0];
  const tail = Array.from({ length: SECTORS - 1 }, (_, i) => likely(i + 1));
  return [likely(0, mostFrequent(tail.map((sector) => sector?.generation))), ...tail];
}

/** One sector against one candidate; undefined when they have too little in common. */
function held(frame: Frame, sector: number, candidate: Candidate, bounds: Bounds): Sector | undefined {
  const { generation, bytes } = candidate;
  // Zeros have no head. Where they are not right, nearly zeros are as good as anything.
  const hasHead = sector === 0 && generation > 0;
  const limit = generation > 0 || bounds.zerosRight ? FLIP_LIMIT_BITS : 0;
  const from = sector * SECTOR_BYTES + (hasHead ? HEAD_BYTES : 0);
  const wrongBits = differingBits(frame.bytes, bytes, from, (sector + 1) * SECTOR_BYTES, limit);
  if (wrongBits.length > limit) return undefined;
  const headBits = hasHead ? mendHead(frame, candidate, FLIP_LIMIT_BITS) : [];
  return {
    generation,
    isKnown: generation <= bounds.high,
    wrongBits: [...(headBits ?? []), ...wrongBits],
    isHeadless: headBits === undefined,
  };
}

/**
 * Lower is likelier. Blocks of a tape are like one candidate only; those of one pattern differ in nothing but heads and
 * stamps: then the head counts first, and wrong bits in a stamp are likelier than what nobody handed out.
 */
function preference({ generation, isKnown, isHeadless, wrongBits }: Sector, usual: number | undefined): number {
  const rank = (isHeadless ? 2 : 0) + (isKnown ? 0 : 1);
  return (rank * 1000 + wrongBits.length) * 2 + (generation === usual ? 0 : 1);
}

function mostFrequent(values: readonly (number | undefined)[]): number | undefined {
  const counts = new Map<number | undefined, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
