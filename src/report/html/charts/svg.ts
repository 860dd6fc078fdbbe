import type { Chart } from "../../../core/report.ts";
import { type Html, html, trusted } from "../html.ts";
import type { Size } from "./frame.ts";
import { withVariables } from "./palette.ts";

/**
 * Makes a drawing fit to stand in a page among others: the page's colours and font, no identifiers that two drawings
 * could share, no style elements, one decimal of a pixel.
 */
export function cleanSvg(drawn: string, id: string): string {
  const plain = drawn
    .replace(/<style\b[\s\S]*?<\/style>/g, "")
    .replace(/ (class|pointer-events|ecmeta_[a-z_]+|xmlns:xlink|version|xml:space|baseProfile)="[^"]*"/g, "")
    .replace(/font-family:[^;"]*;?/g, "")
    .replace(/\bzr\d+-([a-z]+\d+)\b/g, `${id}-$1`)
    .replace(
      / (d|points|transform|x|y|width|height)="([^"]*)"/g,
      (_, name: string, value: string) => ` ${name}="${rounded(value)}"`,
    )
    .replace(/\n/g, "");
  return withVariables(plain);
}

function rounded(numbers: string): string {
  return numbers.replace(/-?\d+\.\d+/g, (number) => String(Math.round(Number(number) * 10) / 10));
}

/** Gives a drawing a name and a description for those who do not see it, and lets the page choose its width. */
export function describedSvg(svg: string, { width, height }: Size, id: string, { title, description }: Chart): Html {
  const content = trusted(svg.slice(svg.indexOf(">") + 1));
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-title" aria-describedby="${id}-about">
<title id="${id}-title">${title}</title><desc id="${id}-about">${description}</desc>${content}`;
}
