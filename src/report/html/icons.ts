import type { Verdict } from "../../core/verdict.ts";
import { VERDICT_FACES } from "../verdicts.ts";
import { type Html, html, trusted } from "./html.ts";

/** Each verdict has a shape of its own, so that it is told apart without colour. */
const SHAPES: Readonly<Record<Verdict, string>> = {
  pass: '<circle cx="12" cy="12" r="10"/><path class="sign" d="M7.4 12.4l3.2 3.2 6-6.8"/>',
  fail: '<path d="M7.8 2h8.4L22 7.8v8.4L16.2 22H7.8L2 16.2V7.8z"/><path class="sign" d="M8.4 8.4l7.2 7.2m0-7.2l-7.2 7.2"/>',
  inconclusive:
    '<path d="M12 1l11 11-11 11L1 12z"/><path class="sign" d="M9.3 9.7c0-3.6 5.4-3.5 5.4-.3 0 2-2.7 2.1-2.7 4.2m0 2.8v.4"/>',
  errored: '<path d="M12 1.6L23.2 22H.8z"/><path class="sign" d="M12 9v6.2m0 3v.3"/>',
  skipped: '<rect class="open" x="3" y="3" width="18" height="18" rx="3"/><path class="open" d="M7.5 12h9"/>',
};

/** The sign alone; the word must stand beside it. */
export function verdictIcon(verdict: Verdict): Html {
  return trusted(`<svg class="icon ${verdict}" viewBox="0 0 24 24" aria-hidden="true">${SHAPES[verdict]}</svg>`);
}

/** Sign and word. */
export function verdictBadge(verdict: Verdict): Html {
  return html`<span class="badge ${verdict}">${verdictIcon(verdict)}<span>${VERDICT_FACES[verdict].word}</span></span>`;
}

/** The load line that a surveyor paints on a hull (Plimsoll's mark). */
export function loadLine(): Html {
  return trusted(
    '<svg class="load-line" viewBox="0 0 48 32" aria-hidden="true"><circle cx="24" cy="16" r="11.5"/><path d="M3 16h42"/></svg>',
  );
}
