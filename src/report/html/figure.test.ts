import { describe, expect, test } from "vitest";
import type { Chart } from "../../core/report.ts";
import { figures } from "./figure.ts";

type Cells = Extract<Chart, { kind: "heatmap" }>["cells"];

async function legendOf(cells: Cells): Promise<string | undefined> {
  const axis = { label: "", unit: "", scale: "category" as const, categories: ["a", "b"] };
  const common = { id: "map", title: "Map", description: "Darker is more.", count: cells.length, thinned: 0 };
  const [figure] = await figures([{ kind: "heatmap", ...common, x: axis, y: axis, marks: [], cells }], "t");
  return /<ul class="legend">(.*?)<\/ul>/.exec(String(figure))?.[1];
}

describe("the legend of a heat map", () => {
  test("names the ends of its scale, and what was not measured", async () => {
    const legend = await legendOf([
      [0, 0, 2, "2 ms"],
      [1, 0, 1, "1 ms"],
      [0, 1, null, ""],
    ]);
    expect(legend).toMatch(
      /^<li>1 ms<span class="ramp">(<i [^>]+><\/i>){7}<\/span>2 ms<\/li><li>.*not measured<\/li>$/,
    );
  });

  test("has no scale where all is one value", async () => {
    const alike: Cells = [
      [0, 0, 0, "5 hold"],
      [1, 0, 0, "3 hold"],
    ];
    expect(await legendOf(alike)).toBeUndefined();
    expect(await legendOf([...alike, [0, 1, null, ""]])).toBe('<li><i class="blank"></i>dashed: not measured</li>');
  });
});
