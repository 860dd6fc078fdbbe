import { commonest, counted, createEvidenceList, type EvidenceList, found, getOrMake } from "../../../core/finding.ts";
import type { Finding } from "../../../core/report.ts";
import type { Damage, Region, VerifyOp } from "../model.ts";
import { SessionLog } from "../oracle/session-log.ts";
import { DAMAGE_CLAIMS, type IntegrityChecker, STABLE_READS } from "./claims.ts";
import { describeDamage, placeOf } from "./describe.ts";

/** How many places a finding tells; the rest is counted. */
const SHOWN = 5;

interface Seen {
  /** By place, so that damage which later verifications find again counts once. */
  places: Map<string, { text: string; blocks: number }>;
  /** Stretches that a verification counted without listing them. */
  unlisted: number;
  evidence: EvidenceList;
}

/** What verifications found wrong, claim by claim. */
export const damageChecker: IntegrityChecker = {
  id: "integrity.damage",
  claims: DAMAGE_CLAIMS.map(({ claim }) => claim),
  begin: ({ plan }) => {
    const { workload } = plan.steps;
    const log = new SessionLog(workload);
    const seen = new Map<string, Seen>();
    let blocks = 0;
    return {
      see: (event) => {
        log.see(event);
        if (event.kind !== "ok" || event.op.type !== "verify" || !event.op.result) return;
        blocks += event.op.result.blocks;
        for (const claim of DAMAGE_CLAIMS) noteDamages(seen, claim, event.op, event.index, workload.regions);
      },
      finish: () =>
        blocks === 0
          ? []
          : DAMAGE_CLAIMS.map((claim) => {
              const broken = seen.get(claim.claim);
              if (broken) return failed(claim, broken);
              if (!log.hasPromises && claim.claim === "integrity.acknowledged")
                return found(claim, "inconclusive", "no sync succeeded, so nothing was acknowledged", {
                  settle: "Sync now and then: --sync fdatasync.",
                });
              return found(claim, "pass", `nothing of it in ${counted(blocks, "block")} read back`);
            }),
    };
  },
};

function noteDamages(
  seen: Map<string, Seen>,
  { claim, broken }: (typeof DAMAGE_CLAIMS)[number],
  { container, path, result }: VerifyOp,
  index: number,
  regions: readonly Region[],
): void {
  if (!result) return;
  const damages = result.damages.filter(({ kind }) => broken.includes(kind));
  const blocks = broken.reduce((sum, kind) => sum + (result.counts[kind] ?? 0), 0);
  if (blocks === 0 && damages.length === 0) return;
  const entry = getOrMake(seen, claim, () => ({ places: new Map(), unlisted: 0, evidence: createEvidenceList() }));
  entry.evidence.add(index);
  for (const damage of damages) {
    const key = `${damage.kind} ${placeOf(damage, regions)}`;
    const text = `${describeDamage(damage, regions)} (${container}, ${path})`;
    if (!entry.places.has(key)) entry.places.set(key, { text, blocks: damage.blocks });
  }
  const listed = damages.reduce((sum, damage) => sum + damage.blocks, 0);
  entry.unlisted = Math.max(entry.unlisted, blocks - listed);
}

function failed(claim: (typeof DAMAGE_CLAIMS)[number], { places, unlisted, evidence }: Seen): Finding {
  const all = [...places.values()];
  const blocks = all.reduce((sum, place) => sum + place.blocks, unlisted);
  const shown = all.slice(0, SHOWN).map(({ text }) => text);
  const more = all.length > SHOWN ? `; and ${counted(all.length - SHOWN, "other stretch")}` : "";
  return found(claim, "fail", `${counted(blocks, "block")}: ${shown.join("; ")}${more}`, { evidence });
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
