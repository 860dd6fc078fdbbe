import { searchError } from "./errors.ts";

const ALL_BUT = "all-but:";

/** `none`, `all`, `3,5-9` or `all-but:3,5-9`: entries' numbers among the volatile ones. @throws SEARCH_POINT */
export function parseSurvivors(text: string, volatile: readonly number[]): number[] {
  if (text === "none") return [];
  if (text === "all") return [...volatile];
  const named = namedBy(text.startsWith(ALL_BUT) ? text.slice(ALL_BUT.length) : text);
  const stray = [...named].find((entry) => !volatile.includes(entry));
  if (stray !== undefined)
    throw searchError(
      "SEARCH_POINT",
      `--survivors: entry ${stray} is no volatile write; ${volatile.length === 0 ? "there is none" : `they are ${rangesOf(volatile)}`}`,
    );
  return volatile.filter((entry) => named.has(entry) !== text.startsWith(ALL_BUT));
}

/** Names the survivors, or the others where those are fewer. */
export function survivorsText(survivors: readonly number[], volatile: readonly number[]): string {
  if (survivors.length === 0) return "none";
  if (survivors.length === volatile.length) return "all";
  const kept = new Set(survivors);
  const lost = volatile.filter((entry) => !kept.has(entry));
  return lost.length < survivors.length ? `${ALL_BUT}${rangesOf(lost)}` : rangesOf(survivors);
}

function namedBy(text: string): Set<number> {
  const named = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(part.trim());
    if (!match) throw searchError("SEARCH_POINT", `--survivors ${text}: want none, all, 3,5-9 or all-but:3,5-9`);
    const from = Number(match[1]);
    const to = Number(match[2] ?? match[1]);
    if (to - from > 1e6)
      throw searchError("SEARCH_POINT", `--survivors ${part}: more entries than any log has volatile`);
    for (let entry = from; entry <= to; entry++) named.add(entry);
  }
  return named;
}

function rangesOf(entries: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const entry of entries) {
    const last = ranges.at(-1);
    if (last?.[1] === entry - 1) last[1] = entry;
    else ranges.push([entry, entry]);
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join();
}
