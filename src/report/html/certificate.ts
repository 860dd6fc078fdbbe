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
  const body = report.trials.length === 1 && only ? single(only, report) : several(report);
  return html`<section class="certificate ${report.verdict}" id="verdict">${body}${problemNote(report)}${particulars(report)}</section>`;
}

function single(trial: TrialReport, report: Report): Html {
  return html`<p class="overline">${trial.title}</p><p class="question">${trial.question}</p>
${stamp(report)}
${answer(trial)}
${trial.limits.length > 0 && html`<div class="limits"><p>${LIMITS_TITLE}</p>${limitList(trial)}</div>`}`;
}

function several(report: Report): Html {
  return html`<p class="overline">${report.trials.length} trials</p>${stamp(report)}${report.trials.map(entry)}`;
}

/** One of several trials; what its pass does not mean is folded, so that all answers are seen together. */
function entry(trial: TrialReport, index: number): Html {
  const link = html`<a href="#${trialAnchor(index)}">${trial.title}</a>`;
  return html`<article class="answer"><h2>${verdictBadge(trial.verdict)} ${link}</h2>
${answer(trial)}
${trial.limits.length > 0 && html`<details class="limits"><summary>${LIMITS_TITLE}</summary>${limitList(trial)}</details>`}</article>`;
}

const LIMITS_TITLE = "What a pass does not mean";

function limitList({ limits }: TrialReport): Html {
  return html`<ul>${limits.map((limit) => html`<li>${limit}</li>`)}</ul>`;
}

function answer({ headline, reason, findings }: TrialReport): Html {
  return html`<p class="headline">${headline}</p>
${reason !== undefined && html`<p class="reason">${reason}</p>`}
${tally(findings)}`;
}

/** The verdict, and at once what qualifies it: a run that was not completed. */
function stamp(report: Report): Html {
  const { verdict } = report;
  const ending = endingText(report);
  return html`<h1 class="stamp ${verdict}">${verdictIcon(verdict)} ${VERDICT_FACES[verdict].word}</h1>
${ending !== undefined && html`<p class="warning"><b>Not complete.</b> ${ending}</p>`}`;
}

function problemNote({ problems }: Report): Html | undefined {
  if (problems.length === 0) return undefined;
  const what = problems.length === 1 ? "1 problem of the run" : `${problems.length} problems of the run`;
  return html`<p class="warning"><b>To know of:</b> <a href="#problems">${what}</a>.</p>`;
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
