import { plainLine } from "./plain-text.ts";

/** Characters that GitHub's Markdown gives a meaning to, its mathematics, links and raw HTML included. */
const MEANINGFUL = /[\\`*_{}[\]<>#|~&!$^]|:(?=\/\/)/g;

/** A text as one line that Markdown shows as it is, also inside a table; it mentions nobody. */
export function escapeMarkdown(text: string): string {
  return plainLine(text)
    .replace(MEANINGFUL, (character) => NAMED[character] ?? `&#${character.charCodeAt(0)};`)
    .replaceAll("@", "@<!-- -->");
}

const NAMED: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;" };

/** A text as a code span, for a table or a sentence. */
export function code(text: string): string {
  return `<code>${escapeMarkdown(text)}</code>`;
}

/** A text as a code block, with a fence longer than any inside it. */
export function fenced(text: string): string {
  const line = plainLine(text);
  const longest = Math.max(2, ...(line.match(/`+/g) ?? []).map((ticks) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}sh\n${line}\n${fence}`;
}

/** Lines of a table; numbers stand to the right in all columns but the first where `columns` are of numbers. */
export function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(columns.map(escapeMarkdown)), line(columns.map(() => "---")), ...rows.map(line)];
}

/** Whole lines up to a size in UTF-8; where some had to go, `notice` is the last. */
export function cutToBytes(lines: readonly string[], maxBytes: number, notice: string): string {
  const sizes = lines.map((line) => Buffer.byteLength(line) + 1);
  if (sizes.reduce((sum, size) => sum + size, 0) <= maxBytes) return lines.map((line) => `${line}\n`).join("");
  let left = maxBytes - Buffer.byteLength(notice) - 2;
  const kept = lines.slice(
    0,
    sizes.findIndex((size) => (left -= size) < 0),
  );
  return `${[...kept, "", notice].join("\n")}\n`;
}
