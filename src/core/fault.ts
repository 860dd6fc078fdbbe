import type { ZodType } from "zod";
import type { ControlName, EnvironmentWith } from "./runtime.ts";

/** A fault as data: what, with which numbers, and when. Stored, shown by `--dry-run`, replayed by its seed. */
export interface PlannedFault {
  id: string;
  kind: string;
  /** Validated by the fault's own schema when the plan is made. */
  spec: unknown;
  environment: string;
  /** Milliseconds after the trial's work begins, without the time in which the trial holds faults off. */
  startMs: number;
  /** Healed this long after the injection; faults that cannot be healed (a kill) have 0. */
  durationMs: number;
}

/** Undoes a fault. What it resolves to is recorded with the healing: what the fault really did. */
export type Heal = () => Promise<unknown>;

/** One kind of trouble. A new one is a file in `faults/` and a line in its index. */
export interface Fault<Spec = unknown, Needs extends ControlName = ControlName> {
  kind: string;
  spec: ZodType<Spec>;
  needs: readonly Needs[];
  /** For people, what it does to which container: `pause container "a"`. */
  describe(spec: Spec): string;
  /** Injects and returns its own undo, which must be safe to call once the container is gone. */
  inject(spec: Spec, environment: EnvironmentWith<Needs>, signal: AbortSignal): Promise<Heal>;
}

/** Seals the type parameters of a fault so that lists of faults need no `any`. */
export function defineFault<Spec, const Needs extends ControlName>(fault: Fault<Spec, Needs>): Fault {
  return fault;
}
