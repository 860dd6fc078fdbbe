import { counted } from "../../core/finding.ts";
import type { Region } from "./model.ts";

/** What people call a kind of fault, singular; others by their own name. */
const WORDS: Readonly<Record<string, string>> = { "power-cut": "power cut", crash: "kill" };

/** "power cut" for `power-cut`, "kill" for `crash`. */
export function faultName(kind: string): string {
  return WORDS[kind] ?? kind.replaceAll("-", " ");
}

/** "5 power cuts and 3 kills"; empty for none. */
export function countedFaults(counts: readonly [kind: string, count: number][]): string {
  const byName = new Map<string, number>();
  for (const [kind, count] of counts) byName.set(faultName(kind), (byName.get(faultName(kind)) ?? 0) + count);
  const parts = [...byName].map(([name, count]) => counted(count, name));
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`;
}

const REGION_NAMES: Readonly<Record<Region["kind"], string>> = {
  "in-place": "data file",
  append: "log file",
  files: "small files",
  replace: "replaced files",
};

/** "data file 1", as findings call it; regions of many files by what they are. */
export function regionName({ id, kind }: Region): string {
  return kind === "in-place" || kind === "append" ? `${REGION_NAMES[kind]} ${id}` : REGION_NAMES[kind];
}
