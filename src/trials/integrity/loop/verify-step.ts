import { formatQuantity } from "../../../core/quantity.ts";
import { BLOCK_BYTES, DAMAGE_KINDS, type Damage } from "../model.ts";
import type { LoopSettings } from "./config.ts";
import { type LoopTools, unixSeconds } from "./loop-tools.ts";
import { judgingOf, type LoopSession } from "./session.ts";
import { diagnosisOf, lookAgain } from "./second-look.ts";
import { type Verified, verifyPass } from "./verify-pass.ts";

/** Damages that have a line of their own in the log. */
const MOST_LINES = 20;

/** How a verification ended. */
export type VerifyOutcome = "intact" | "damaged" | "abandoned";

/** Reads everything back, records and tells what was found. `why` goes into the log. */
export async function verifyStep(
  session: LoopSession,
  settings: LoopSettings,
  tools: LoopTools,
  why: "start" | "iteration" | "shape",
): Promise<VerifyOutcome> {
  const { clock, metrics, log } = tools;
  const { journal } = session.hold;
  const beganNs = clock.nowNs();
  const pass = { settings, state: journal.state, judging: judgingOf(session) };
  const verified = await verifyPass(pass, tools);
  verified.damages = await lookAgain(pass, verified.damages, verified.path);
  const tookNs = clock.nowNs() - beganNs;
  const outcome = outcomeOf(verified);
  if (outcome !== "abandoned") {
    const damagedBlocks = Object.values(verified.counts).reduce((sum, blocks) => sum + blocks, 0);
    journal.verified({ blocks: verified.blocks, damagedBlocks });
    metrics.verifySeconds.observe(tookNs / 1e9);
    for (const kind of DAMAGE_KINDS) metrics.damagedBlocks.set(verified.counts[kind] ?? 0, { kind });
  }
  if (outcome === "damaged") {
    session.damaged = true;
    metrics.damaged.set(1);
  } else if (outcome === "intact") metrics.lastVerifyOk.set(unixSeconds(clock));
  metrics.verifies.add(1, { outcome: outcome === "intact" ? "ok" : outcome });
  tell(verified, outcome, { why, took: formatQuantity(tookNs, "ns"), generation: journal.state.generation }, log);
  return outcome;
}

function outcomeOf({ damageCount, ended }: Verified): VerifyOutcome {
  if (damageCount > 0) return "damaged";
  return ended === "whole" ? "intact" : "abandoned";
}

function tell(verified: Verified, outcome: VerifyOutcome, about: Record<string, unknown>, log: LoopTools["log"]): void {
  const { blocks, readBytes, inFlightBlocks, path, counts, damages, damageCount } = verified;
  const seen = { ...about, blocks, readBytes, path, inFlightBlocks: inFlightBlocks || undefined };
  if (outcome === "abandoned") log("info", "verify-abandoned", seen);
  else if (outcome === "intact") log("info", "verify-ok", seen);
  else {
    for (const damage of damages.slice(0, MOST_LINES)) log("error", "damage", placed(damage));
    log("error", "verify-failed", {
      ...seen,
      counts,
      stretches: damageCount,
      told: Math.min(damages.length, MOST_LINES),
    });
  }
}

/** A damage with its place in bytes of the file. */
function placed(damage: Damage): Record<string, unknown> {
  const { kind, block, blocks } = damage;
  const place = { kind, offsetBytes: block * BLOCK_BYTES, lengthBytes: blocks * BLOCK_BYTES };
  return { ...place, ...damage, diagnosis: diagnosisOf(damage) };
}
