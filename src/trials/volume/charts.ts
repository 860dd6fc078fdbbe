import type { Chart } from "../../core/report.ts";
import { VERDICTS, type Verdict } from "../../core/verdict.ts";
import { quantile } from "../../statistics/quantile.ts";
import { sampleOf } from "../../statistics/sample.ts";
import { GROUPS, SEVERITIES } from "./cases/case.ts";
import { createStory, type Story, type TriedCase, type VolumeFold, type VolumeJudgeContext } from "./judge/story.ts";
import { callTimes } from "./measure.ts";

/** What holds where, how long calls took, and when each case ran; charts without data are left out. */
export function chartVolume(context: VolumeJudgeContext): VolumeFold<Chart[]> {
  const story = createStory(context);
  return {
    see: story.see,
    finish: () => {
      const told = story.finish();
      return [byGroup(told), latencies(told), overTime(told)].filter(({ count }) => count > 0);
    },
  };
}

const judged = ({ tried }: Story) =>
  tried.filter(({ judgement: { verdict } }) => verdict === "pass" || verdict === "fail");

/** Letters of the groups that have any of these cases, in the table's order. */
function lettersOf(tried: readonly TriedCase[]): (keyof typeof GROUPS)[] {
  const letters = Object.keys(GROUPS) as (keyof typeof GROUPS)[];
  return letters.filter((letter) => tried.some(({ volumeCase }) => volumeCase.id.startsWith(letter)));
}

const nameOf = (letter: keyof typeof GROUPS) => `${letter} ${GROUPS[letter]}`;

function byGroup(story: Story): Chart {
  const cases = judged(story);
  const letters = lettersOf(cases);
  const cells = letters.flatMap((letter, row) =>
    SEVERITIES.map((severity, column): [number, number, number | null, string] => {
      const here = cases.filter(
        ({ volumeCase }) => volumeCase.id.startsWith(letter) && volumeCase.severity === severity,
      );
      const failed = here.filter(({ judgement }) => judgement.verdict === "fail").length;
      if (here.length === 0) return [column, row, null, ""];
      return [
        column,
        row,
        failed / here.length,
        failed === 0 ? `${here.length} hold` : `${failed} of ${here.length} fail`,
      ];
    }),
  );
  return {
    kind: "heatmap",
    id: "cases-by-group",
    title: "Where it fails",
    description:
      "Cases by what they are about and by what is at stake when they fail: the darker, the greater the share that fails. Cases that were not tried are left out.",
    count: cases.length,
    thinned: 0,
    x: { label: "severity", unit: "", scale: "category", categories: [...SEVERITIES] },
    y: { label: "", unit: "", scale: "category", categories: letters.map(nameOf) },
    marks: [],
    cells,
  };
}

function latencies({ tried }: Story): Chart {
  const series = callTimes(tried).toSorted((a, b) => labelOf(a.labels).localeCompare(labelOf(b.labels), "en"));
  const boxes = series.map(({ values }) => {
    const sample = sampleOf(values.map((ns) => ns / 1e6));
    const at = (q: number) => quantile(sample, q) ?? 0;
    return [at(0), at(0.25), at(0.5), at(0.75), at(1)] as [number, number, number, number, number];
  });
  return {
    kind: "box",
    id: "call-times",
    title: "How long calls took",
    description:
      "Least, quartiles and greatest time of each call, by what else was going on: alone, many at once, while the back end hangs.",
    count: series.reduce((sum, { values }) => sum + values.length, 0),
    thinned: 0,
    x: { label: "time to the whole answer", unit: "ms", scale: "log" },
    y: { label: "", unit: "", scale: "category", categories: series.map(({ labels }) => labelOf(labels)) },
    marks: [],
    boxes,
  };
}

const labelOf = ({ call, load }: Record<string, string>) => `${call}, ${load}`;

const TONES = {
  pass: "calm",
  fail: "bad",
  errored: "bad",
  inconclusive: "notice",
  skipped: "faint",
} as const satisfies Record<Verdict, string>;

function overTime({ tried }: Story): Chart {
  const cases = tried.filter(({ judgement }) => judgement.verdict !== "skipped");
  const letters = lettersOf(cases);
  const verdicts = VERDICTS.filter((verdict) => cases.some(({ judgement }) => judgement.verdict === verdict));
  return {
    kind: "bands",
    id: "cases-over-time",
    title: "The run, case by case",
    description: "When each case ran, how long it took with its clean-up, and how it ended.",
    count: cases.length,
    thinned: 0,
    x: { label: "time in the run", unit: "s", scale: "linear" },
    y: { label: "", unit: "", scale: "category", categories: letters.map(nameOf) },
    marks: [],
    classes: verdicts.map((verdict) => ({ name: verdict, tone: TONES[verdict] })),
    bands: cases.map(({ volumeCase, judgement, startNs, endNs }) => [
      letters.findIndex((letter) => volumeCase.id.startsWith(letter)),
      startNs / 1e9,
      endNs / 1e9,
      verdicts.indexOf(judgement.verdict),
      `${volumeCase.id} ${volumeCase.title}`,
    ]),
  };
}
