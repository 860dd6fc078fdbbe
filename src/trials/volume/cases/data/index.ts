import type { VolumeCase } from "../case.ts";
import { insideCases } from "../engine/inside.ts";
import { appendCases } from "./append.ts";
import { keptCases } from "./kept.ts";
import { ownerCases } from "./owner.ts";
import { quotaCases } from "./quota.ts";

/** Group D: what is in a volume. */
export const dataCases: readonly VolumeCase[] = [
  ...keptCases,
  ...ownerCases,
  ...quotaCases,
  ...appendCases,
  ...insideCases,
].sort((one, other) => one.id.localeCompare(other.id));
