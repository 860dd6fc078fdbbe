import { counted } from "../../../core/finding.ts";
import type { Verdict } from "../../../core/verdict.ts";
import type { VolumeCase } from "../cases/case.ts";
import type { CaseResult, Check, Exchange } from "../model.ts";
import { type KnownFailure, reasonFor } from "./known.ts";

/** What is said of one case. */
export interface Judgement {
  verdict: Verdict;
  detail: string;
  settle?: string;
  /** Why it fails, where the user has said so before. */
  known?: string;
}

/** Of the checks that do not hold, so many are told. */
const TOLD = 3;

/**
 * A case from what was recorded of it. A check that does not hold is a failure, whatever broke or was left out after it; one
 * that is `known` not to is told, and neither fails the case nor lets it pass.
 */
export function judgeCase(
  { id, reason }: Pick<VolumeCase, "id" | "reason">,
  result: CaseResult,
  known: readonly KnownFailure[] = [],
): Judgement {
  const { checks, skipped, broke } = result;
  const failing = checks.filter(({ holds }) => !holds);
  const news = failing.filter((check) => reasonFor(check, known) === undefined);
  if (news.length > 0) {
    const others = failing.filter((check) => !news.includes(check));
    const told = others.length > 0 ? [reason, knownText(others, known)].join("\n\n") : reason;
    return { verdict: "fail", detail: failureText(news, result, told) };
  }
  if (broke !== undefined) {
    const settle = `Try it alone with --focus ${id}; if it breaks again, the suite or this machine is at fault.`;
    return { verdict: "errored", detail: `The suite broke: ${broke}`, settle };
  }
  if (failing.length > 0) {
    const detail = failureText(failing, result, knownText(failing, known));
    return { verdict: "skipped", detail, known: reasonsFor(failing, known) };
  }
  if (skipped !== undefined) return { verdict: "skipped", detail: sentence(readable(skipped)) };
  if (checks.length === 0)
    return { verdict: "inconclusive", detail: "Nothing was looked at.", settle: `Try it alone with --focus ${id}.` };
  return { verdict: "pass", detail: [passText(result), ...known.map(needlessText)].join(" ") };
}

function knownText(failing: readonly Check[], known: readonly KnownFailure[]): string {
  return `It is known to fail: ${ended(reasonsFor(failing, known))}`;
}

function reasonsFor(failing: readonly Check[], known: readonly KnownFailure[]): string {
  return [...new Set(failing.flatMap((check) => reasonFor(check, known) ?? []))].join("; ");
}

function needlessText({ reason }: KnownFailure): string {
  return `It was said to be known to fail (${reason}), and holds: leave --known out.`;
}

function passText({ checks, exchangeCount, observations }: CaseResult): string {
  const looks = checks.reduce((sum, { times = 1 }) => sum + times, 0);
  const held = `${counted(looks, "check")} held in ${counted(exchangeCount, "call")}.`;
  return [held, ...observations.map((text) => sentence(readable(text)))].join(" ");
}

function failureText(failing: readonly Check[], { exchanges, observations }: CaseResult, reason: string): string {
  // Of those alike the first one counts the others.
  const distinct = failing.filter(({ what }, index) => failing.findIndex((other) => other.what === what) === index);
  const told = distinct.slice(0, TOLD).map((check) => checkText(check, exchanges[check.exchange]));
  const more = distinct.length > TOLD ? [`${counted(distinct.length - TOLD, "other check")} did not hold either.`] : [];
  return [...told, ...more, ...observations.map((text) => `Also: ${sentence(readable(text))}`), reason].join("\n\n");
}

function checkText({ what, seen, times = 1 }: Check, exchange: Exchange | undefined): string {
  const often = times > 1 ? ` (${times} times)` : "";
  const lines = [`Does not hold${often}: ${sentence(what)}`, `Seen: ${ended(readable(seen))}`];
  return [...lines, ...(exchange ? [`Before it: ${exchangeText(exchange)}.`] : [])].join("\n");
}

/** "VolumeDriver.Mount {"Name":"v","ID":"3f9ac2…"} → 200 {"Err":""}". */
export function exchangeText({ call, sent, status, received = "", silence }: Exchange): string {
  const answer =
    status === undefined ? `no answer (${SILENCE_TEXTS[silence ?? "closed"]})` : `${status} ${received.trim()}`;
  return readable([call, ...(sent.trim() === "" ? [] : [sent.trim()]), "→", answer].join(" ")).trimEnd();
}

const SILENCE_TEXTS = {
  refused: "nobody listens",
  closed: "the connection was closed",
  late: "not within the deadline",
} as const;

const LONGEST = 600;

/** Mount IDs by their first digits, paths without the run's own directory, and no text longer than anyone reads. */
export function readable(text: string): string {
  const short = text
    .replaceAll(/\b([0-9a-f]{8})[0-9a-f]{56}\b/g, "$1…")
    .replaceAll(/\/[^\s"']*\/seatrial-[^/\s"']+-volume\//g, "…/");
  return short.length > LONGEST ? `${short.slice(0, LONGEST)}… (${text.length} characters)` : short;
}

/** With a capital and an end. */
function sentence(text: string): string {
  return ended(`${text.charAt(0).toUpperCase()}${text.slice(1)}`);
}

function ended(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
