import type { Parts } from "../parts.ts";

/** A driver with one defect. */
export interface Mutant {
  /** Of `--defect`. */
  id: string;
  /** What it does wrong, as a sentence. */
  defect: string;
  /** Public drivers that do it, or did. */
  seenIn: string;
  /** Cases that are there to find it: each one must. */
  meant: readonly string[];
  /** Cases with an engine that must find it as well. */
  throughEngine?: readonly string[];
  /** Seen only where the volumes are those of several hosts. */
  isGlobal?: boolean;
  /** What it has in place of the right parts. */
  parts: Partial<Parts>;
}
