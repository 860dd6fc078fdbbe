import type { Trial } from "../../src/core/trial.ts";

/** What a reader of the metrics page needs of a trial. */
export type MeasuringTrial = Pick<Trial, "id" | "title" | "metrics" | "checkers">;

/** `docs/reference/metrics.md`. */
export function renderMetricsPage(trials: readonly MeasuringTrial[]): string {
  return `${HEAD}\n${trials.map(renderTrial).join("\n")}`;
}

const HEAD = `# Metrics and claims

What each trial measures, and what it claims of what it saw. Every number in a report belongs to one of these metrics, every
finding to one of these claims. "Better" says which way a change is an improvement, where either is.

This page is made from the trials in the code by \`npm run docs:reference\`; a test holds the two together.
`;

function renderTrial({ id, title, metrics, checkers }: MeasuringTrial): string {
  const rows = metrics.map(
    (metric) => `| \`${metric.id}\` | ${metric.unit} | ${metric.direction} | ${metric.meaning} |`,
  );
  const claims = checkers.flatMap((checker) => checker.claims).map((claim) => `- \`${claim}\``);
  return [
    `## ${title} (\`${id}\`)\n`,
    "| metric | unit | better | meaning |\n|---|---|---|---|",
    ...rows,
    "\nClaims:\n",
    ...claims,
    "",
  ].join("\n");
}
