/** A text without its `//` comments; everything else stays in its line and column. */
export interface Uncommented {
  text: string;
  hadComments: boolean;
}

// A string, whole, so that what looks like a comment in it is passed over; or a comment up to the end of its line.
const STRING_OR_COMMENT = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*/g;

/** Only of a text that begins as JSON does, comments aside: in YAML `//` is no comment. */
export function withoutSlashComments(text: string): Uncommented {
  if (!/^\s*(\/\/[^\n]*\n\s*)*\{/.test(text)) return { text, hadComments: false };
  let hadComments = false;
  const blanked = text.replace(STRING_OR_COMMENT, (found) => {
    if (found.startsWith('"')) return found;
    hadComments = true;
    return " ".repeat(found.length);
  });
  return { text: blanked, hadComments };
}
