import { getOrMake } from "../../core/finding.ts";
import type { Metric, Series } from "../../core/metric.ts";
import { createStory, type TriedCase, type VolumeFold, type VolumeJudgeContext } from "./judge/story.ts";

export const volumeMetrics: readonly Metric[] = [
  {
    id: "volume.call-time",
    unit: "ns",
    direction: "lower",
    meaning:
      "From sending one request to its whole answer, by call and by what else was going on, for the calls that a case timed.",
  },
  {
    id: "volume.case-time",
    unit: "ns",
    direction: "none",
    meaning: "From the begin of one case to its end, clean-up included, one value for each case that was not skipped.",
  },
];

/** The numbers behind the statistics. Series without a value are left out. */
export function measureVolume(context: VolumeJudgeContext): VolumeFold<Series[]> {
  const story = createStory(context);
  return { see: story.see, finish: () => seriesOf(story.finish().tried) };
}

function seriesOf(tried: readonly TriedCase[]): Series[] {
  const times = tried.filter(({ judgement }) => judgement.verdict !== "skipped" || judgement.known !== undefined);
  return [
    ...callTimes(tried),
    series(
      "case-time",
      {},
      times.map(({ startNs, endNs }) => endNs - startNs),
    ),
  ].filter(({ values }) => values.length > 0);
}

function series(name: string, labels: Record<string, string>, values: number[]): Series {
  return { metric: `volume.${name}`, labels, values, censored: 0 };
}

/** Those of several cases together where call and load are the same. */
export function callTimes(tried: readonly TriedCase[]): Series[] {
  const byLabels = new Map<string, Series>();
  for (const { call, load, valuesNs } of tried.flatMap(({ result }) => result?.timings ?? []))
    getOrMake(byLabels, JSON.stringify([call, load]), () => series("call-time", { call, load }, [])).values.push(
      ...valuesNs,
    );
  return [...byLabels.values()].filter(({ values }) => values.length > 0);
}
