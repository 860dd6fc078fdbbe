import type { Axis, Chart } from "../../../core/report.ts";
import type { Body } from "./frame.ts";
import { placeholder } from "./palette.ts";

/** Five numbers a category. */
export type BoxChart = Extract<Chart, { kind: "box" }>;

/** Boxes lie along the axis that is not of categories. */
export function boxesBody({ boxes, x, y }: BoxChart): Body {
  const numbers = x.scale === "category" ? y : x;
  const drawable = boxes.map((box) => (box?.every((value) => canShow(numbers, value)) ? box : "-"));
  return {
    series: [
      {
        type: "boxplot",
        silent: true,
        data: drawable,
        boxWidth: [6, 22],
        itemStyle: { color: placeholder("box"), borderColor: placeholder("accent"), borderWidth: 1.6 },
        emphasis: { disabled: true },
      },
    ],
    ...(y.scale === "category" && { y: { inverse: true } }),
  };
}

function canShow({ scale }: Axis, value: number): boolean {
  return Number.isFinite(value) && (scale !== "log" || value > 0);
}
