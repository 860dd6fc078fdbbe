import type { Claim } from "../../../core/finding.ts";
import type { Checker } from "../../../core/trial.ts";
import type { DamageKind, IntegrityOp } from "../model.ts";
import type { IntegrityOptions } from "../options.ts";
import type { IntegritySteps } from "../plan.ts";

export type IntegrityChecker = Checker<IntegrityOptions, IntegrityOp, IntegritySteps>;

/** What storage is held to; each claim with the kinds of damage that break it. */
export const DAMAGE_CLAIMS: readonly (Claim & { broken: readonly DamageKind[] })[] = [
  {
    claim: "integrity.acknowledged",
    statement: "What was acknowledged by a sync is kept, in its newest version.",
    broken: ["lost-write", "stale-file", "zeroed", "missing", "resurrected"],
  },
  {
    claim: "integrity.content",
    statement: "Blocks hold what was written into them, whole.",
    broken: ["torn", "bit-flip", "header-damaged", "garbage"],
  },
  {
    claim: "integrity.place",
    statement: "Blocks are where they were written.",
    broken: ["misdirected", "swapped", "duplicated"],
  },
  {
    claim: "integrity.size",
    statement: "Files end where they were written to end.",
    broken: ["truncated", "extended"],
  },
  {
    claim: "integrity.sole-writer",
    statement: "Nobody but the current writer has written.",
    broken: ["foreign-run", "zombie-writer", "from-the-future"],
  },
  {
    claim: "integrity.readable",
    statement: "All that was written can be read.",
    broken: ["io-error"],
  },
];

export const STABLE_READS: Claim = {
  claim: "integrity.stable-reads",
  statement: "A block reads the same twice, through the page cache and past it.",
};

export const CALLS: Claim = {
  claim: "integrity.calls",
  statement: "No write and no sync failed, but while a fault refused them.",
};

export const READ_BACK: Claim = {
  claim: "integrity.read-back",
  statement: "Everything was read back after it was last written, and after every crash.",
};

export const CRASHED: Claim = {
  claim: "integrity.crashed",
  statement: "Every planned crash met a writer at work.",
};

export const ORACLE: Claim = {
  claim: "integrity.oracle",
  statement: "The reader judged by what the record says was promised.",
};

export const FIO_READ_BACK: Claim = {
  claim: "integrity.fio-verify",
  statement: "fio reads back what it had written.",
};

export const FIO_WRITES: Claim = {
  claim: "integrity.fio-write",
  statement: "fio's writes come to a good end.",
};
