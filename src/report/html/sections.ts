import type { FactSheet, Report, TrialReport } from "../../core/report.ts";
import { formatDuration } from "../format.ts";
import { figures } from "./figure.ts";
import { findingList, tally } from "./findings.ts";
import { type Html, html } from "./html.ts";
import { verdictBadge } from "./icons.ts";
import { summaryTables } from "./summaries.ts";

/** The anchor of a trial and the start of the identifiers inside its section. */
export function trialAnchor(index: number): string {
  return `trial-${index + 1}`;
}

/** The parts of a trial's section that have something to show: what comes after the anchor's dash, and the name. */
export function trialParts({ charts, summaries, facts }: TrialReport): [part: string, name: string][] {
  const parts: [string, string][] = [["findings", "Findings"]];
  if (charts.length > 0) parts.push(["charts", "Charts"]);
  if (summaries.length > 0) parts.push(["figures", "Figures"]);
  if (facts.length > 0) parts.push(["facts", "Facts"]);
  return parts;
}

/** Everything of one trial, in the order of a reader's questions. */
export async function trialSection(trial: TrialReport, index: number): Promise<Html> {
  const anchor = trialAnchor(index);
  const contents: Record<string, Html | Html[]> = {
    findings: findingList(trial),
    charts: await figures(trial.charts, anchor),
    figures: figuresPart(trial),
    facts: factSheets(trial.facts),
  };
  return html`<section class="trial" id="${anchor}">
<header><h2>${trial.title}</h2><p class="question">${trial.question}</p>
<p class="small">${verdictBadge(trial.verdict)} in ${formatDuration(trial.durationMs)}</p>
${trial.reason !== undefined && html`<p class="reason">${trial.reason}</p>`}
${trial.findings.length > 0 && tally(trial.findings)}</header>
${trialParts(trial).map(
  ([part, name]) => html`<section id="${anchor}-${part}"><h3>${name}</h3>${contents[part]}</section>`,
)}
</section>`;
}

function figuresPart(trial: TrialReport): Html {
  return html`<p>Under each number its 95 % interval. “> T”: how many were not seen by the time-out; they count in every
quantile, and a quantile among them reads “> T” too.</p>${summaryTables(trial)}`;
}

/** Titled lists of facts, side by side where there is room. */
export function factSheets(sheets: readonly FactSheet[]): Html {
  return html`<div class="sheets">${sheets.map(
    ({ title, facts }) =>
      html`<div class="sheet"><h4>${title}</h4><dl>${facts.map(
        ([name, value]) => html`<div><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`,
      )}</dl></div>`,
  )}</div>`;
}

/** How to do it all again. */
export function reproduceSection(report: Report): Html {
  return html`<section id="reproduce"><h2>How to repeat it</h2>
<p>The same seed makes the same plan: the same operations, in the same order, with the same gaps.</p>
<div class="command"><pre tabindex="0"><code id="command">${report.command}</code></pre>
<button type="button" data-copy="command" hidden>Copy</button></div>
<dl class="inline"><div><dt>Seed</dt><dd><code>${report.seed}</code></dd></div>
<div><dt>Seatrial</dt><dd>${report.seatrialVersion}</dd></div>
<div><dt>Judge the record again</dt><dd><code>seatrial recheck ${report.runId}</code></dd></div></dl></section>`;
}

/** The machine, the engine and what else the run stood on. */
export function environmentSection({ environment }: Report): Html | undefined {
  if (environment.length === 0) return undefined;
  return html`<section id="environment"><h2>Environment</h2>${factSheets(environment)}</section>`;
}

/** What was lost, odd or left behind. */
export function problemSection({ problems }: Report): Html | undefined {
  if (problems.length === 0) return undefined;
  const items = problems.map((problem) => html`<li>${problem}</li>`);
  return html`<section id="problems"><h2>Problems of the run</h2><ul>${items}</ul></section>`;
}
