import { createHash } from "node:crypto";
import type { Report } from "../../core/report.ts";
import { VERDICT_FACES } from "../verdicts.ts";
import { certificate } from "./certificate.ts";
import { type Html, html, jsonData, trusted } from "./html.ts";
import { loadLine, verdictIcon } from "./icons.ts";
import { SCRIPT } from "./script.ts";
import {
  environmentSection,
  problemSection,
  reproduceSection,
  trialAnchor,
  trialParts,
  trialSection,
} from "./sections.ts";
import { STYLE } from "./style.ts";

/** The report as one HTML file that needs no network and no script; script only adds sorting, copying and a switch. */
export async function renderHtml(report: Report): Promise<string> {
  const trials: Html[] = [];
  for (const [index, trial] of report.trials.entries()) trials.push(await trialSection(trial, index));
  return page(report, trials).toString();
}

function page(report: Report, trials: readonly Html[]): Html {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentSecurityPolicy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="Seatrial ${report.seatrialVersion}">
<title>${VERDICT_FACES[report.verdict].word}: ${report.trials.map(({ title }) => title).join(", ")} · Seatrial</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#verdict">Skip to the verdict</a>
<header class="masthead"><p class="brand">${loadLine()} Seatrial <span>Report of trials</span></p>
<button type="button" id="face" hidden>Dark</button></header>
<div class="layout">${contents(report)}
<main>${certificate(report)}
${trials}
${reproduceSection(report)}${environmentSection(report)}${problemSection(report)}</main></div>
<footer><p>Made by Seatrial ${report.seatrialVersion} from run <bdi>${report.runId}</bdi>. This file is complete: it loads
nothing and sends nothing.</p></footer>
<script type="application/json" id="report">${jsonData(withoutCharts(report))}</script>
<script>${trusted(SCRIPT)}</script>
</body>
</html>
`;
}

/** Runs our one script, known by its hash, and nothing else; loads nothing from anywhere. */
function contentSecurityPolicy(): string {
  const hash = createHash("sha256").update(SCRIPT).digest("base64");
  return `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'`;
}

function contents(report: Report): Html {
  const trials = report.trials.map((trial, i) => {
    const parts = trialParts(trial).map(
      ([part, name]) => html`<li><a href="#${trialAnchor(i)}-${part}">${name}</a></li>`,
    );
    return html`<li><a href="#${trialAnchor(i)}">${verdictIcon(trial.verdict)}${trial.title}</a><ol>${parts}</ol></li>`;
  });
  return html`<nav class="contents" aria-label="Contents"><ol><li><a href="#verdict">Verdict</a></li>${trials}
<li><a href="#reproduce">Repeat it</a></li>
${report.environment.length > 0 && html`<li><a href="#environment">Environment</a></li>`}
${report.problems.length > 0 && html`<li><a href="#problems">Problems</a></li>`}</ol></nav>`;
}

/** What other programs may want of a page that was sent alone; the charts are drawn in it already. */
function withoutCharts(report: Report): Report {
  return { ...report, trials: report.trials.map((trial) => ({ ...trial, charts: [] })) };
}
