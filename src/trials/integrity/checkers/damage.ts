import { commonest, counted, createEvidenceList, type EvidenceList, found, getOrMake } from "../../../core/finding.ts";
import type { Finding } from "../../../core/report.ts";
import type { Damage, DamageKind, IntegrityOp, Region, VerifyOp } from "../model.ts";
import { SessionLog } from "../oracle/session-log.ts";
import { DAMAGE_CLAIMS, type IntegrityChecker, STABLE_READS } from "./claims.ts";
import { describeDamage, placeOf } from "./describe.ts";
import { createUnread, type Unread } from "./unread.ts";

/** How many places a finding tells; the rest is counted. */
const SHOWN = 5;

interface Seen {
  /** By place, so that damage which later verifications find again is told once. */
  places: Map<string, string>;
  /** Blocks by kind in the worst of all readings. */
  blocks: Map<DamageKind, number>;
  evidence: EvidenceList;
}

/** What verifications found wrong, claim by claim. */
export const damageChecker: IntegrityChecker = {
  id: "integrity.damage",
  claims: DAMAGE_CLAIMS.map(({ claim }) => claim),
  begin: ({ plan }) => {
    const { workload } = plan.steps;
    const log = new SessionLog(workload);
    const unread = createUnread();
    const seen = new Map<string, Seen>();
    let blocks = 0;
    return {
      see: (event) => {
        log.see(event);
        unread.see(event);
        if (event.kind !== "ok") return;
        if (event.op.type === "verify") blocks += event.op.result?.blocks ?? 0;
        const reading = readingOf(event.op);
        if (!reading) return;
        for (const claim of DAMAGE_CLAIMS) noteDamages(seen, claim, reading, event.index, workload.regions);
      },
      finish: () =>
        blocks === 0
          ? []
          : DAMAGE_CLAIMS.map((claim) => {
              const broken = seen.get(claim.claim);
              if (broken) return failed(claim, broken);
              const untold = claim.claim === ACKNOWLEDGED ? untoldOf(log, unread) : undefined;
              if (untold) return found(claim, "inconclusive", untold.detail, { settle: untold.settle });
              return found(claim, "pass", `nothing of it in ${counted(blocks, "block")} read back`);
            }),
    };
  },
};

const ACKNOWLEDGED = "integrity.acknowledged";

/** Why nothing can be said of what was acknowledged, although nothing wrong was seen. */
function untoldOf(log: SessionLog, unread: Unread): { detail: string; settle: string } | undefined {
  if (!log.hasPromises)
    return {
      detail: "no sync covered a write that succeeded, so nothing was acknowledged",
      settle: "Give it more time (--duration), or sync more often (--sync fdatasync --sync-every 1).",
    };
  const detail = unread.what();
  return detail === undefined ? undefined : { detail, settle: "Let the run come to its end." };
}

/** What was found wrong at one time, and by whom. */
interface Reading {
  damages: readonly Damage[];
  counts: Partial<Record<DamageKind, number>>;
  by: string;
}

function readingOf(op: IntegrityOp): Reading | undefined {
  if (op.type === "verify" && op.result) {
    const { damages, counts } = op.result;
    return { damages, counts, by: `${op.container}, ${op.path}` };
  }
  if (op.type !== "write" || !op.result?.backlog) return undefined;
  const { damages } = op.result.backlog;
  const counts: Reading["counts"] = {};
  for (const { kind, blocks } of damages) counts[kind] = (counts[kind] ?? 0) + blocks;
  return { damages, counts, by: "while it was written" };
}

function noteDamages(
  seen: Map<string, Seen>,
  { claim, broken }: (typeof DAMAGE_CLAIMS)[number],
  reading: Reading,
  index: number,
  regions: readonly Region[],
): void {
  const damages = reading.damages.filter(({ kind }) => broken.includes(kind));
  const wrong = broken.filter((kind) => (reading.counts[kind] ?? 0) > 0);
  if (wrong.length === 0 && damages.length === 0) return;
  const entry = getOrMake(seen, claim, () => ({
    places: new Map(),
    blocks: new Map(),
    evidence: createEvidenceList(),
  }));
  entry.evidence.add(index);
  for (const kind of wrong) entry.blocks.set(kind, Math.max(entry.blocks.get(kind) ?? 0, reading.counts[kind] ?? 0));
  for (const damage of damages) {
    const key = `${damage.kind} ${placeOf(damage, regions)}`;
    if (!entry.places.has(key)) entry.places.set(key, `${describeDamage(damage, regions)} (${reading.by})`);
  }
}

function failed(claim: (typeof DAMAGE_CLAIMS)[number], { places, blocks, evidence }: Seen): Finding {
  const all = [...places.values()];
  const total = [...blocks.values()].reduce((sum, count) => sum + count, 0);
  const more = all.length > SHOWN ? `; and ${counted(all.length - SHOWN, "other stretch")}` : "";
  return found(claim, "fail", `${counted(total, "block")}: ${all.slice(0, SHOWN).join("; ")}${more}`, { evidence });
}

/** Reads that disagree: the media may be right where a cache is not, or the other way round. */
export const stableReadsChecker: IntegrityChecker = {
  id: "integrity.stable-reads",
  claims: [STABLE_READS.claim],
  begin: ({ plan }) => {
    const texts = new Map<string, number>();
    const evidence = createEvidenceList();
    let verifications = 0;
    return {
      see: (event) => {
        if (event.kind !== "ok" || event.op.type !== "verify" || !event.op.result) return;
        verifications++;
        for (const damage of event.op.result.damages) {
          const text = disagreement(damage, event.op, plan.steps.workload.regions);
          if (text === undefined) continue;
          texts.set(text, (texts.get(text) ?? 0) + 1);
          evidence.add(event.index);
        }
      },
      finish: () => {
        if (verifications === 0) return [];
        if (texts.size === 0)
          return [found(STABLE_READS, "pass", `no reading disagreed in ${counted(verifications, "verification")}`)];
        return [found(STABLE_READS, "fail", commonest(texts, SHOWN), { evidence })];
      },
    };
  },
};

function disagreement(damage: Damage, { path }: VerifyOp, regions: readonly Region[]): string | undefined {
  if (!damage.again) return undefined;
  const { other, otherPath, same } = damage.again;
  const place = placeOf(damage, regions);
  if (same !== damage.kind) return `unstable: ${place} read ${damage.kind} and then ${same}, both ${path}`;
  if (other === "right")
    return path === "buffered"
      ? `stale cache: ${place} reads ${damage.kind} through the page cache and right past it`
      : `the page cache hides it: ${place} reads ${damage.kind} past the cache and right through it`;
  return other === damage.kind ? undefined : `${place} reads ${damage.kind} ${path} and ${other} ${otherPath}`;
}
