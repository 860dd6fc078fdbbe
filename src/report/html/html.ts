import { plainText } from "../plain-text.ts";

/** Markup that is safe to put into a page as it is. Made by `html` and `trusted` alone. */
export class Html {
  readonly #markup: string;

  constructor(markup: string) {
    this.#markup = markup;
  }

  toString(): string {
    return this.#markup;
  }
}

/** What may stand in a template: text is escaped, markup is not, lists are joined, nothing is nothing. */
export type Part = Html | string | number | null | undefined | boolean | readonly Part[];

/** The one way from text to markup: every part that is not markup itself is escaped, in elements and in attributes. */
export function html(strings: TemplateStringsArray, ...parts: Part[]): Html {
  return new Html(strings.reduce((markup, string, i) => markup + partText(parts[i - 1]) + string));
}

/** Vouches for markup that was not made by `html`: our own style, script and drawings. Never for foreign text. */
export function trusted(markup: string): Html {
  return new Html(markup);
}

function partText(part: Part): string {
  if (part instanceof Html) return part.toString();
  if (Array.isArray(part)) return part.map(partText).join("");
  if (part === null || part === undefined || typeof part === "boolean") return "";
  return escapeHtml(String(part));
}

function escapeHtml(text: string): string {
  return plainText(text).replace(/[&<>"'`]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** Data, fractions to six digits, for a `<script type="application/json">`: no text in it can end the element. */
export function jsonData(value: unknown): Html {
  const text = JSON.stringify(value, (_key, item: unknown) => (typeof item === "number" ? shortened(item) : item));
  return trusted(
    text.replace(/[<\u2028\u2029]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}

function shortened(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(6));
}
