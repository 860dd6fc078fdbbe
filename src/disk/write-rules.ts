import type { DiskHit } from "../core/disk.ts";
import type { ErrnoName } from "../fuse/errors.ts";
import { flipped, scrambled, torn, zeroed } from "./distortions.ts";
import { hitOn } from "./hits.ts";
import type { PageStore } from "./page-store.ts";
import type { RuleInForce, RuleOn } from "./rule-book.ts";

type WriteRule = RuleInForce<RuleOn<"write">>;

/** One page on its way to the disk. */
export interface PageWrite {
  page: number;
  /** What the page is to hold, as its writer meant it: all of it, also when only a part is written. */
  meant: Buffer;
}

/** What a rule does to one page. */
export interface Act extends PageWrite {
  rule: RuleOn<"write">;
  /** The second place that it touches. */
  otherPage?: number;
}

/** What becomes of a page: what is put where instead, and what is told of it. */
export interface Outcome {
  puts: PageWrite[];
  hits: DiskHit[];
}

/** Lets the rules, in their order, have their turns with a page; the first that takes one acts. */
export function chooseAct(rules: readonly WriteRule[], write: PageWrite, store: PageStore): Act | undefined {
  for (const inForce of rules) {
    const act = actOf(inForce, write, store);
    if (act) return act;
  }
  return undefined;
}

function actOf(inForce: WriteRule, write: PageWrite, store: PageStore): Act | undefined {
  const { rule } = inForce;
  const { page, meant } = write;
  if (rule.action === "swap") return swapAct(inForce, write);
  if (rule.action === "no-space" && store.wasWritten(page)) return undefined;
  const needsPlace = rule.action === "misdirect" || rule.action === "duplicate";
  const hasPlace = () => !needsPlace || inForce.placeBefore !== undefined;
  if (!inForce.takeTurn(meant, page, hasPlace)) return undefined;
  const otherPage = needsPlace ? inForce.placeBefore : undefined;
  return { ...write, rule, ...(otherPage !== undefined && { otherPage }) };
}

/** The first of two pages arrives as it should and is remembered; the second changes places with it. */
function swapAct(inForce: WriteRule, write: PageWrite): Act | undefined {
  const { held, rule } = inForce;
  if (held === undefined) {
    if (inForce.takeTurn(write.meant, write.page)) inForce.held = write.page;
    return undefined;
  }
  if (held === write.page || !inForce.matches(write.meant)) return undefined;
  inForce.held = undefined;
  return { ...write, rule, otherPage: held };
}

/** The error number that the whole request is refused with. */
export function refusalOf({ rule }: Act): ErrnoName | undefined {
  if (rule.action === "error") return "EIO";
  return rule.action === "no-space" ? "ENOSPC" : undefined;
}

/** What an act that is no refusal makes of its page. `serial` tells the random bytes of one act from another's. */
export function carryOut(act: Act, store: PageStore, serial: number): Outcome {
  const { page, meant, rule, otherPage } = act;
  const hit = hitOn(`write ${rule.action}`, page, meant, otherPage);
  const instead = (bytes: Buffer): Outcome => ({ puts: [{ page, meant: bytes }], hits: [hit] });
  switch (rule.action) {
    case "tear":
      return instead(torn(meant, store.page(page), rule.keepBytes));
    case "flip":
      return instead(flipped(meant, rule.bits, `flip ${page}`));
    case "zero":
      return instead(zeroed());
    case "scramble":
      return instead(scrambled(`scramble ${page} ${serial}`));
    default:
      return { puts: movedPuts(act, store), hits: [hit, ...partnerHits(act, store)] };
  }
}

/** Dropped pages arrive nowhere; the others at a second place as well, or there only. */
function movedPuts({ page, meant, rule, otherPage }: Act, store: PageStore): PageWrite[] {
  if (otherPage === undefined) return [];
  const there = { page: otherPage, meant };
  if (rule.action === "misdirect") return [there];
  if (rule.action === "duplicate") return [{ page, meant }, there];
  return [{ page, meant: Buffer.from(store.page(otherPage)) }, there];
}

/** The page that a swapped one changes places with has been touched as well. */
function partnerHits({ page, rule, otherPage }: Act, store: PageStore): DiskHit[] {
  if (rule.action !== "swap" || otherPage === undefined) return [];
  return [hitOn("write swap", otherPage, store.page(otherPage), page)];
}
