/**
 * Some of the items that still fail together, none of which can be left out by itself (delta debugging, Zeller and
 * Hildebrandt 2002). All of them must fail together; what is tried may be any part of them.
 */
export async function minimize<Item>(
  items: readonly Item[],
  fails: (some: readonly Item[]) => Promise<boolean>,
): Promise<Item[]> {
  if (await fails([])) return [];
  let rest = [...items];
  let parts = 2;
  while (rest.length > 1) {
    const pieces = split(rest, parts);
    const piece = await firstThat(fails, pieces);
    if (piece) {
      rest = piece;
      parts = 2;
      continue;
    }
    const without =
      parts > 2
        ? await firstThat(
            fails,
            pieces.map((_, i) => pieces.toSpliced(i, 1).flat()),
          )
        : undefined;
    if (without) {
      rest = without;
      parts = Math.max(2, parts - 1);
    } else if (parts < rest.length) parts = Math.min(rest.length, 2 * parts);
    else break;
  }
  return rest;
}

function split<Item>(items: readonly Item[], parts: number): Item[][] {
  const count = Math.min(parts, items.length);
  const edge = (part: number) => Math.floor((part * items.length) / count);
  return Array.from({ length: count }, (_, part) => items.slice(edge(part), edge(part + 1)));
}

async function firstThat<Item>(
  fails: (some: readonly Item[]) => Promise<boolean>,
  candidates: readonly Item[][],
): Promise<Item[] | undefined> {
  for (const candidate of candidates) if (await fails(candidate)) return candidate;
  return undefined;
}

/** The first of the candidates that fails, where each after one that fails does too. The last is known to. */
export async function firstFailing<Item>(
  candidates: readonly Item[],
  fails: (one: Item) => Promise<boolean>,
): Promise<Item | undefined> {
  let [low, high] = [0, candidates.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (await fails(candidates[middle] as Item)) high = middle;
    else low = middle + 1;
  }
  return candidates[high];
}
