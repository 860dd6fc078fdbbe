import { dialError } from "../errors.ts";

/** How far behind a mirror is. */
export interface MirrorDials {
  /** How long after a change of one side it is made on the other. */
  delayMs: number;
}

const ONE_DAY_MS = 86_400_000;

/** Completes dials with "off". @throws SeatrialError SUBJECT_BAD_DIALS */
export function completeMirrorDials(given: unknown): MirrorDials {
  const { delayMs = 0, ...rest } = given as Record<string, unknown>;
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw dialError("SUBJECT_BAD_DIALS", `no dial is called ${unknown}; there is delayMs`);
  if (typeof delayMs === "number" && delayMs >= 0 && delayMs <= ONE_DAY_MS) return { delayMs };
  const complaint = `takes a number from 0 to ${ONE_DAY_MS}`;
  throw dialError("SUBJECT_BAD_DIALS", `delayMs is ${JSON.stringify(delayMs)} but ${complaint}`);
}
