import { type AllowedStretch, allowedStretches } from "../journal/state.ts";
import { BLOCK_BYTES, type Damage, type DamageKind, type ReadPath } from "../model.ts";
import { alignedBuffer } from "../tasks/aligned-memory.ts";
import { openDataFile, refusalOf } from "./data-file.ts";
import { judgeFor } from "./judge-block.ts";
import type { VerifyPass } from "./verify-pass.ts";

/** Damages of which the first block is read again. */
const MOST_LOOKED_AT = 64;
const WITHOUT_CONTENT: readonly DamageKind[] = ["missing", "truncated", "extended"];

/**
 * Reads the first block of each damage twice more, by the path on which it was found and by the other one: past the page
 * cache and through it. What differs tells a stale cache from a lost medium, and a read that is not the same twice.
 */
export async function lookAgain(pass: VerifyPass, damages: readonly Damage[], path: ReadPath): Promise<Damage[]> {
  const otherPath: ReadPath = path === "direct" ? "buffered" : "direct";
  const places = damages.slice(0, MOST_LOOKED_AT).filter(({ kind }) => !WITHOUT_CONTENT.includes(kind));
  if (places.length === 0) return [...damages];
  const [same, other] = [await look(pass, places, path), await look(pass, places, otherPath)];
  return damages.map((damage) => {
    const [sameNow, otherNow] = [same.get(damage), other.get(damage)];
    if (!sameNow || !otherNow) return damage;
    return { ...damage, again: { otherPath, other: otherNow, same: sameNow } };
  });
}

type Look = DamageKind | "right";

/** Empty where this path cannot be taken. */
async function look(pass: VerifyPass, damages: readonly Damage[], path: ReadPath): Promise<Map<Damage, Look>> {
  const seen = new Map<Damage, Look>();
  const { filePath, sync } = pass.settings;
  const stretches = allowedStretches(pass.state);
  try {
    const direct = path === "direct" ? "auto" : "off";
    const file = await openDataFile(filePath, { access: "read", direct, sync });
    const bytes = alignedBuffer(BLOCK_BYTES);
    try {
      for (const damage of damages) {
        const got = await file.read(bytes, damage.block * BLOCK_BYTES).catch(refusedRead);
        if (file.isDirect === (path === "direct")) seen.set(damage, lookOf(pass, stretches, damage, bytes, got));
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    if (refusalOf(error) === undefined) throw error;
  }
  return seen;
}

function refusedRead(error: unknown): undefined {
  if (refusalOf(error) === undefined) throw error;
}

function lookOf(
  { judging }: VerifyPass,
  stretches: readonly AllowedStretch[],
  damage: Damage,
  bytes: Buffer,
  got: number | undefined,
): Look {
  if (got === undefined) return "io-error";
  if (got < BLOCK_BYTES) return "truncated";
  const at = damage.block * BLOCK_BYTES;
  const stretch = stretches.find(({ from, to }) => from <= at && at < to);
  const judgement = stretch && judgeFor(stretch, judging)?.(bytes, 0, damage.block);
  return judgement?.is === "damaged" ? asNamedBefore(judgement.damage.kind, damage.kind) : "right";
}

/** One block by itself does not show what both ends, or the whole file, have shown. */
function asNamedBefore(now: DamageKind, before: DamageKind): DamageKind {
  const isSame =
    (now === "misdirected" && (before === "swapped" || before === "duplicated")) ||
    (now === "lost-write" && before === "stale-file");
  return isSame ? before : now;
}

/** What the second look says, in a few words. */
export function diagnosisOf({ kind, again }: Damage): string | undefined {
  if (!again) return undefined;
  if (again.same !== kind) return "an unstable read: the same path gave something else the second time";
  if (again.other === kind) return "both read paths give the same: it is on the medium";
  return again.otherPath === "buffered"
    ? "only the medium is wrong: the page cache still has it otherwise"
    : "only the page cache is wrong: the medium has it otherwise";
}
