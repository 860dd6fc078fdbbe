/** Breaks a text into lines of at most `width` characters; a word that is longer has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, line];
}

/** Rows as aligned lines: the first column to the left, numbers to the right. The first column gives way to `width`. */
export function alignColumns(rows: readonly (readonly string[])[], width: number): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const others = widths.slice(1).reduce((sum, each) => sum + each + 2, 0);
  const first = Math.max(Math.min(widths[0] ?? 0, width - others), 12);
  return rows.map(([name = "", ...numbers]) =>
    [shorten(name, first).padEnd(first), ...numbers.map((text, i) => text.padStart(widths[i + 1] ?? 0))]
      .join("  ")
      .trimEnd(),
  );
}

function shorten(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}
