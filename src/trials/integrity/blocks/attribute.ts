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

/** A candidate that a sector is like, without the head in the first, and the bits in which they differ. */
interface Match {
  candidate: Candidate;
  wrongBits: number[];
}

/** What a sector is, the head counted in. */
interface Sector {
  /** 0 for zeros. */
  generation: number;
  wrongBits: number[];
  /** The head is neither this generation's nor near it. */
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
  const sectors = sectorsOf(frame, candidates, bounds.zerosRight);
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

/** Each sector's best match, from the first; undefined where there is none. */
function sectorsOf(frame: Frame, candidates: readonly Candidate[], nearZeros: boolean): (Sector | undefined)[] {
  const matches = Array.from({ length: SECTORS }, (_, sector) => matchesOf(frame.bytes, sector, candidates, nearZeros));
  const [first = [], ...rest] = matches;
  const tail = rest.map(([best]) => best && { ...best, isHeadless: false, generation: best.candidate.generation });
  return [firstSector(frame, first, mostFrequent(tail.map((sector) => sector?.generation))), ...tail];
}

/** The candidates nearest to a sector, all of them as near as each other. */
function matchesOf(bytes: Buffer, sector: number, candidates: readonly Candidate[], nearZeros: boolean): Match[] {
  const to = (sector + 1) * SECTOR_BYTES;
  let best: Match[] = [];
  for (const candidate of candidates) {
    // Zeros leave no room for a head.
    const from = sector * SECTOR_BYTES + (sector === 0 && candidate.generation > 0 ? HEAD_BYTES : 0);
    const limit = candidate.generation > 0 || nearZeros ? (best[0]?.wrongBits.length ?? FLIP_LIMIT_BITS) : 0;
    const wrongBits = differingBits(bytes, candidate.bytes, from, to, limit);
    if (wrongBits.length > limit) continue;
    if (wrongBits.length < (best[0]?.wrongBits.length ?? Infinity)) best = [];
    best.push({ candidate, wrongBits });
  }
  return best;
}

/**
 * The first sector with its head. Blocks of one pattern differ in nothing else there: then the candidate counts whose head
 * it is, or else that of most other sectors.
 */
function firstSector(frame: Frame, matches: readonly Match[], elsewhere: number | undefined): Sector | undefined {
  const tried = matches.map(({ candidate, wrongBits }) => {
    const { generation } = candidate;
    const headBits = generation === 0 ? [] : mendHead(frame, candidate, FLIP_LIMIT_BITS);
    return { generation, wrongBits: [...(headBits ?? []), ...wrongBits], isHeadless: headBits === undefined };
  });
  return (
    tried.find(({ isHeadless, wrongBits }) => !isHeadless && wrongBits.length === 0) ??
    tried.find(({ generation }) => generation === elsewhere) ??
    tried.find(({ isHeadless }) => !isHeadless) ??
    tried[0]
  );
}

function mostFrequent(values: readonly (number | undefined)[]): number | undefined {
  const counts = new Map<number | undefined, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1])[0]?.[0];
}
