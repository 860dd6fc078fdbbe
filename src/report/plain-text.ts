/**
 * Control characters, lone surrogates, XML's forbidden U+FFFE and U+FFFF, and the marks that turn the direction of
 * what follows: each can make a text look like, or do, something that it does not say (Unicode TR 36).
 */
const TREACHEROUS = /[\p{Cc}\p{Surrogate}\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu;

/** A text of foreign origin made safe to show: line breaks and tabs stay, other such characters read `\u{1b}`. */
export function plainText(text: string): string {
  return text.replace(TREACHEROUS, (character) =>
    character === "\n" || character === "\t" ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** The same on one line. */
export function plainLine(text: string): string {
  return plainText(text.replace(/\s+/g, " ")).trim();
}
