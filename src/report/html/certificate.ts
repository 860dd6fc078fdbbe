import type { Report, TrialReport } from "../../core/report.ts";
import { formatDuration, formatInstant } from "../format.ts";
import { endingText, VERDICT_FACES } from "../verdicts.ts";
import { tally } from "./findings.ts";
import { type Html, html } from "./html.ts";
import { verdictBadge, verdictIcon } from "./icons.ts";
import { trialAnchor } from "./sections.ts";

/** The first screen: what was asked, the answer with its number, and what a pass does not mean. */
export function certificate(report: Report): Html {
  const [only] = report.trials;
  const body = report.trials.length === 1 && only ? single(only) : several(report);
  return html`<section class="certificate ${report.verdict}" id="verdict">${body}${warnings(report)}${particulars(report)}</section>`;
}

function single(trial: TrialReport): Html {
  return html`<p class="overline">${trial.title}</p><p class="question">${trial.question}</p>
${stamp(trial)}
<p class="headline">${trial.headline}</p>
${trial.reason !== undefined && html`<p class="reason">${trial.reason}</p>`}
${tally(trial.findings)}
${limits(trial)}`;
}

function several(report: Report): Html {
  return html`<p class="overline">${report.trials.length} trials</p>${stamp(report)}
${report.trials.map(
  (
    trial,
    i,
  ) => html`<article class="answer"><h2>${verdictBadge(trial.verdict)} <a href="#${trialAnchor(i)}">${trial.title}</a></h2>
<p class="headline">${trial.headline}</p>
${trial.reason !== undefined && html`<p class="reason">${trial.reason}</p>`}
${tally(trial.findings)}${limits(trial)}</article>`,
)}`;
}

function stamp({ verdict }: Pick<Report, "verdict">): Html {
  return html`<h1 class="stamp ${verdict}">${verdictIcon(verdict)} ${VERDICT_FACES[verdict].word}</h1>`;
}

function limits({ limits: items }: TrialReport): Html | undefined {
  if (items.length === 0) return undefined;
  return html`<div class="limits"><p>What a pass does not mean</p><ul>${items.map((limit) => html`<li>${limit}</li>`)}</ul></div>`;
}

function warnings(report: Report): Html {
  const ending = endingText(report);
  const count = report.problems.length;
  const problems = count === 1 ? "1 problem of the run" : `${count} problems of the run`;
  return html`${ending !== undefined && html`<p class="warning"><b>Not complete.</b> ${ending}</p>`}
${count > 0 && html`<p class="warning"><b>To know of:</b> <a href="#problems">${problems}</a>.</p>`}`;
}

function particulars(report: Report): Html {
  const facts: [string, string][] = [
    ["Run", report.runId],
    ["Began", formatInstant(report.startedAt)],
    ["Took", formatDuration(report.durationMs)],
    ["Seed", report.seed],
    ["Seatrial", report.seatrialVersion],
  ];
  return html`<dl class="particulars">${facts.map(
    ([name, value]) => html`<div><dt>${name}</dt><dd><bdi>${value}</bdi></dd></div>`,
  )}</dl>`;
}
