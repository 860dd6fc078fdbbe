import type { Chart } from "../../../core/report.ts";
import { plainLine } from "../../plain-text.ts";
import type { Box, DrawApi, DrawParams } from "./drawn-item.ts";
import type { Body } from "./frame.ts";
import { type BandLook, bandLooks } from "./look.ts";
import { placeholder } from "./palette.ts";

/** Stretches of a number line, in rows. */
export type BandChart = Extract<Chart, { kind: "bands" }>;
type Band = BandChart["bands"][number];

/** Signs of one class in one row that are nearer to each other than this, in pixels, are one sign. */
const SIGN_GAP = 9;
/** About the width of a letter at this size, generous: what does not fit is left out. */
const FONT_SIZE = 11.5;
const LETTER_WIDTH = 6.6;

/** What is calm is a plain strip; what is bad stands out of it by height and a sign of its own, however short it is. */
export function bandsBody({ classes, bands }: BandChart): Body {
  const looks = bandLooks(classes);
  const signed = new Map<string, number>();
  const isFirstNear = (band: Band, x: number): boolean => {
    const key = `${band[0]} ${band[3]}`;
    const near = Math.abs(x - (signed.get(key) ?? -Infinity)) < SIGN_GAP;
    if (!near) signed.set(key, x);
    return !near;
  };
  const renderItem = ({ dataIndex }: DrawParams, api: DrawApi) => {
    const band = bands[dataIndex] as Band;
    const look = looks[band[3]] as BandLook;
    const box = boxOf(band, look, api);
    const centre = box.x + box.width / 2;
    const sign = look.sign !== undefined && isFirstNear(band, centre) ? signAbove(box, look) : [];
    const rect = { type: "rect", shape: box, style: { fill: look.colour } };
    const text = plainLine(band[4]);
    const free = (): number => Math.min(box.width, api.coord([coveredFrom(bands, dataIndex), 0])[0] - box.x);
    const written = text === "" ? [] : caption({ ...box, width: free() }, text, look);
    return { type: "group", children: [rect, ...sign, ...written] };
  };
  return {
    series: [
      {
        type: "custom",
        silent: true,
        progressive: 0,
        dimensions: ["from", "to", "row"],
        encode: { x: [0, 1], y: 2 },
        data: bands.map(([row, from, to]) => [from, to, row]),
        renderItem,
      },
    ],
    x: { min: 0, max: "dataMax" },
    y: { inverse: true, splitLine: { show: false } },
    grid: { right: 26 },
  };
}

function boxOf([row, from, to]: Band, look: BandLook, api: DrawApi): Box {
  const [left, centreY] = api.coord([from, row]);
  const [right] = api.coord([to, row]);
  const width = Math.max(right - left, look.leastWidth);
  const height = api.size([0, 1])[1] * look.heightShare;
  return { x: (left + right - width) / 2, y: centreY - height / 2, width, height };
}

/** Where a later band of the row begins to hide this one. */
function coveredFrom(bands: readonly Band[], index: number): number {
  const [row, from, to] = bands[index] as Band;
  const over = bands.slice(index + 1).filter((other) => other[0] === row && other[1] < to && other[2] > from);
  return over.reduce((least, [, begin]) => Math.min(least, Math.max(begin, from)), to);
}

function signAbove({ x, y, width }: Box, { sign = "", signWidth = 1, colour }: BandLook): object[] {
  const shape = { pathData: `M${(x + width / 2).toFixed(1)} ${(y - 4).toFixed(1)}${sign}` };
  return [{ type: "path", shape, style: { stroke: colour, fill: "none", lineWidth: signWidth, lineCap: "round" } }];
}

function caption({ x, y, width, height }: Box, text: string, { ink }: BandLook): object[] {
  if (height < FONT_SIZE || width < text.length * LETTER_WIDTH + 6) return [];
  const place = { x: x + width / 2, y: y + height / 2, textAlign: "center", textVerticalAlign: "middle" };
  return [{ type: "text", style: { ...place, text, fill: placeholder(ink), fontSize: FONT_SIZE } }];
}
