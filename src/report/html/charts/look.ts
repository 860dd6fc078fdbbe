import type { BandClass } from "../../../core/report.ts";
import { type Html, trusted } from "../html.ts";
import { BAD_COLOURS, placeholder, type Role, SERIES_COLOURS, withVariables } from "./palette.ts";

/** How one series looks: series differ by colour and by shape or dash, never by colour alone. */
export interface SeriesLook {
  colour: string;
  /** SVG path commands, relative, that draw one mark at the current point. */
  mark: string;
  markWidth: number;
  lineCap: "round" | "square" | "butt";
  dash: number[] | "solid";
}

/** Path commands, width and cap of each mark: dot, square, cross, plus, diamond, triangle, dash, bar. */
const MARKS: readonly [string, number, SeriesLook["lineCap"]][] = [
  ["h.01", 4.4, "round"],
  ["m-2-2l4 4m0-4l-4 4", 1.3, "butt"],
  ["h.01", 3.6, "square"],
  ["m-2.6 0h5.2m-2.6-2.6v5.2", 1.4, "butt"],
  ["m0-2.8l2.8 2.8l-2.8 2.8l-2.8-2.8z", 1.2, "butt"],
  ["m0-2.6l2.7 4.6h-5.4z", 1.2, "butt"],
  ["m-2.8 0h5.6", 2, "butt"],
  ["m0-2.8v5.6", 2, "butt"],
];
const DASHES: readonly SeriesLook["dash"][] = ["solid", [7, 3], [2, 3], [9, 3, 2, 3]];

/** The look of the series at `index`. */
export function seriesLook(index: number): SeriesLook {
  const colour = index % SERIES_COLOURS;
  const [mark, markWidth, lineCap] = MARKS[colour] as (typeof MARKS)[number];
  const dash = DASHES[(index + Math.floor(index / SERIES_COLOURS)) % DASHES.length] as SeriesLook["dash"];
  return { colour: placeholder(`series-${colour}`), mark, markWidth, lineCap, dash };
}

/** The same look, small, for a legend in the page. */
export function swatch(index: number, kind: "scatter" | "line" | "area"): Html {
  const { mark, markWidth, lineCap, dash } = seriesLook(index);
  const stroke = `stroke="var(--chart-series-${index % SERIES_COLOURS})" fill="none"`;
  const dashes = dash === "solid" ? "" : ` stroke-dasharray="${dash.join(" ")}"`;
  const shape = {
    scatter: `<path d="M13 6${mark}" ${stroke} stroke-width="${markWidth * 1.2}" stroke-linecap="${lineCap}"/>`,
    line: `<path d="M1 6h24" ${stroke} stroke-width="2"${dashes}/>`,
    area: `<path d="M6 1h14v10h-14z" ${stroke} stroke-width="1.5"${dashes} style="fill:var(--chart-series-${index % SERIES_COLOURS});fill-opacity:.25"/>`,
  }[kind];
  return trusted(`<svg class="swatch" viewBox="0 0 26 12" aria-hidden="true">${shape}</svg>`);
}

/** How the bands of one class look. */
export interface BandLook {
  colour: string;
  /** The colour of text upon it. */
  ink: Role;
  /** Of the height of its row. */
  heightShare: number;
  /** Pixels: what is shorter is drawn so wide all the same. */
  leastWidth: number;
  /** Relative path commands of a sign that stands above it. */
  sign?: string;
  signWidth?: number;
}

/** The looks of all classes; those that are bad differ by sign as well as by colour. */
export function bandLooks(classes: readonly BandClass[]): BandLook[] {
  let bad = 0;
  return classes.map(({ tone }) => {
    if (tone === "calm") return { colour: placeholder("calm"), ink: "ink", heightShare: 0.5, leastWidth: 1 };
    if (tone === "faint") return { colour: placeholder("notice"), ink: "ink", heightShare: 0.12, leastWidth: 1.5 };
    if (tone === "notice") return { colour: placeholder("notice"), ink: "ink", heightShare: 0.5, leastWidth: 1.5 };
    const [sign, signWidth] = SIGNS[bad % SIGNS.length] as (typeof SIGNS)[number];
    const colour = placeholder(`bad-${bad++ % BAD_COLOURS}`);
    return { colour, ink: "surface", heightShare: 0.62, leastWidth: 3, sign, signWidth };
  });
}

/** Cross, triangle, diamond, plus, square, bar: path commands around the current point, and their width. */
const SIGNS: readonly [string, number][] = [
  ["m-2.5-2.5l5 5m0-5l-5 5", 1.6],
  ["m0-3l3 5h-6z", 1.4],
  ["m0-3l3 3l-3 3l-3-3z", 1.4],
  ["m-3 0h6m-3-3v6", 1.6],
  ["m-2.4-2.4h4.8v4.8h-4.8z", 1.4],
  ["m0-3v6", 2.2],
];

/** The looks of classes, small, for a legend. */
export function bandSwatches(classes: readonly BandClass[]): Html[] {
  return bandLooks(classes).map(({ colour, heightShare, sign, signWidth }) => {
    const height = 12 * heightShare;
    const colourName = withVariables(colour);
    const mark =
      sign === undefined
        ? ""
        : `<path d="M21 6${sign}" stroke="${colourName}" fill="none" stroke-width="${signWidth}"/>`;
    const rect = `<rect x="1" y="${6 - height / 2}" width="${sign === undefined ? 22 : 14}" height="${height}" style="fill:${colourName}"/>`;
    return trusted(`<svg class="swatch" viewBox="0 0 26 12" aria-hidden="true">${rect}${mark}</svg>`);
  });
}
