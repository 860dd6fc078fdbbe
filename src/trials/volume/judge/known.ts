import type { Check } from "../model.ts";

/** Reasons by `X12`, or by `X12: keeps its data`: a case, or those of its checks that have these words. */
export type KnownFailures = Readonly<Record<string, string>>;

/** A failure that was said to be known. */
export interface KnownFailure {
  id: string;
  /** Of its checks; "" for all. */
  words: string;
  reason: string;
}

const KEY = /^([a-z]\d\d)(?:\s*:\s*(.+))?$/i;

/** Undefined for a key of another form. */
export function readKnown(key: string, reason = ""): KnownFailure | undefined {
  const [, id = "", words = ""] = KEY.exec(key.trim()) ?? [];
  return id === "" ? undefined : { id: id.toUpperCase(), words, reason };
}

/** Those of one case. */
export function knownOf(id: string, known: KnownFailures): KnownFailure[] {
  return Object.entries(known)
    .flatMap(([key, reason]) => readKnown(key, reason) ?? [])
    .filter((one) => one.id === id);
}

/** Why a check that does not hold was to be expected; undefined where it is news. */
export function reasonFor({ what }: Pick<Check, "what">, known: readonly KnownFailure[]): string | undefined {
  return known.find(({ words }) => what.toLowerCase().includes(words.toLowerCase()))?.reason;
}
