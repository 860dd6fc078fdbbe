import type { Finding, TrialReport } from "../../core/report.ts";
import type { Verdict } from "../../core/verdict.ts";
import { countVerdicts, VERDICT_FACES, worstFirst } from "../verdicts.ts";
import { type Html, html } from "./html.ts";
import { verdictBadge, verdictIcon } from "./icons.ts";

/** What did not pass, worst first and open; what was skipped and what passed behind a fold each. */
export function findingList({ findings, id }: TrialReport): Html {
  const sorted = worstFirst(findings);
  const open = sorted.filter(({ verdict }) => verdict !== "pass" && verdict !== "skipped");
  return html`<div class="findings">
${open.map((finding) => openFinding(finding, id))}
${folded(sorted, "skipped", "skipped")}
${folded(sorted, "pass", "passed")}
${sorted.length === 0 && html`<p>No claim was judged.</p>`}
</div>`;
}

/** How many findings there are of each verdict. */
export function tally(findings: readonly Finding[]): Html {
  const items = countVerdicts(findings).map(
    ({ verdict, count }) =>
      html`<li class="${verdict}">${verdictIcon(verdict)}<b>${count}</b> ${VERDICT_FACES[verdict].word.toLowerCase()}</li>`,
  );
  return html`<ul class="tally" aria-label="Findings by verdict">${items}</ul>`;
}

function openFinding(finding: Finding, trialId: string): Html {
  return html`<article class="finding ${finding.verdict}">
<h4>${verdictBadge(finding.verdict)} <span>${finding.statement}</span></h4>
${scopeLabels(finding.scope)}
<p>${finding.detail}</p>
${finding.settle !== undefined && html`<p class="settle"><b>What would settle it:</b> ${finding.settle}</p>`}
<p class="small"><code>${finding.claim}</code>${evidence(finding, trialId)}</p>
</article>`;
}

/** Labels as pairs of name and value. */
export function scopeLabels(scope: Readonly<Record<string, string>>): Html | undefined {
  const entries = Object.entries(scope);
  if (entries.length === 0) return undefined;
  return html`<ul class="labels">${entries.map(
    ([name, value]) => html`<li><span>${name}</span> <bdi>${value}</bdi></li>`,
  )}</ul>`;
}

function evidence({ events, eventCount }: Finding, trialId: string): Html | undefined {
  if (eventCount === 0) return undefined;
  const rest = eventCount > events.length && ` and ${eventCount - events.length} more`;
  const list = events.length > 0 ? html` ${events.join(", ")}${rest}` : html` ${eventCount}`;
  return html` · evidence: events${list} of <code>${trialId}/history.ndjson</code>`;
}

function folded(sorted: readonly Finding[], verdict: Verdict, past: string): Html | undefined {
  const chosen = sorted.filter((finding) => finding.verdict === verdict);
  if (chosen.length === 0) return undefined;
  const what = `${chosen.length} ${chosen.length === 1 ? "claim" : "claims"} ${past}`;
  return html`<details class="${verdict}"><summary>${verdictIcon(verdict)} ${what}</summary>
<ul class="plain">${chosen.map(
    (finding) => html`<li><b>${finding.statement}</b>${scopeLabels(finding.scope)}<p>${finding.detail}</p></li>`,
  )}</ul></details>`;
}
