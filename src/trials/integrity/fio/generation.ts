/** The file that a generation is written to: one of two, in turn. */
export function fileOfGeneration(directory: string, generation: number): string {
  return `${directory}/fio-${generation % 2}.data`;
}

/**
 * What to write after `begun`, the newest that was begun. `kept`, the newest that came to a good end (0 when none did), is
 * what a crash must leave whole: it is never written over before another one is.
 */
export function nextGeneration(begun: number, kept: number): number {
  const next = begun + 1;
  return kept > 0 && next % 2 === kept % 2 ? next + 1 : next;
}
