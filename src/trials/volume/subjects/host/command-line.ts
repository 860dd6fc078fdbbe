import { hostError } from "./errors.ts";

/** A command line, as its user wrote it or in words. */
export type CommandLine = string | readonly string[];

/**
 * The words of a command line as a shell would split them, and nothing else of a shell: blanks separate, quotes and
 * backslashes keep.
 * @throws SeatrialError VOLUME_COMMAND_UNREADABLE
 */
export function splitCommand(line: CommandLine): string[] {
  if (typeof line !== "string") return [...line];
  const words: string[] = [];
  let rest = line.trimStart();
  while (rest !== "") {
    // One word: runs of plain characters, 'single quotes', "double quotes" and \escapes, side by side.
    const word = /^(?:[^\s'"\\]+|'[^']*'|"(?:[^"\\]|\\[^])*"|\\[^])+/.exec(rest)?.[0];
    const after = rest.slice(word?.length ?? 0);
    if (word === undefined || /^\S/.test(after))
      throw hostError("VOLUME_COMMAND_UNREADABLE", `"${line}" has a quote or a backslash without its end`);
    words.push(unquote(word));
    rest = after.trimStart();
  }
  if (words.length === 0) throw hostError("VOLUME_COMMAND_UNREADABLE", "the command line is empty");
  return words;
}

function unquote(word: string): string {
  return word.replaceAll(
    /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])/g,
    (_, single?: string, double?: string, one = "") =>
      single ?? double?.replaceAll(/\\(["\\$`])/g, "$1") ?? String(one),
  );
}

/** Puts `places.socket` where a word has `{socket}`; braces around any other name stay as they are. */
export function fillPlaceholders(words: readonly string[], places: Readonly<Record<string, string>>): string[] {
  return words.map((word) => word.replaceAll(/\{(\w+)\}/g, (whole, name: string) => places[name] ?? whole));
}
