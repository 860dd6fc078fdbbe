import type { Answer } from "../client.ts";
import type { CaseContext } from "./case.ts";

const POLL_MS = 20;

/** Looks again and again until `look` gives true, for so long; gives whether it did. */
export async function comesTrue(
  { clock, signal }: CaseContext,
  limitMs: number,
  look: () => Promise<boolean>,
): Promise<boolean> {
  const endNs = clock.nowNs() + limitMs * 1e6;
  for (;;) {
    if (await look()) return true;
    if (clock.nowNs() >= endNs) return false;
    await clock.sleep(POLL_MS, signal);
  }
}

/**
 * The answer to a call that the driver may take `limitMs` for, or silence for as long. Ends the case as skipped where the
 * profile's patience is over sooner: the driver may yet have kept its word.
 */
export async function patientCall(
  context: CaseContext,
  limitMs: number,
  send: (deadlineMs: number) => Promise<Answer>,
): Promise<Answer> {
  const patienceMs = Math.min(limitMs, context.scale.patienceMs);
  const answer = await send(patienceMs);
  if (answer.silence === "late" && patienceMs < limitMs)
    context.skip(
      `no answer came within ${seconds(patienceMs)}, and it is not late before ${seconds(limitMs)}: the profile waits no longer`,
    );
  return answer;
}

/**
 * Does `work` for each item, with at most `limit` under way at once; results in the items' order. Where it rejects once,
 * nothing more is begun.
 */
export async function atOnce<Item, Result>(
  items: readonly Item[],
  limit: number,
  work: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = items.entries();
  let isOver = false;
  const worker = async () => {
    for (const [index, item] of waiting) {
      if (isOver) return;
      results[index] = await work(item, index).catch((error: unknown) => {
        isOver = true;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}

/** Does `look` once and again until what it gives is called, which waits for the look that is under way. */
export function meanwhile(
  { clock, signal }: CaseContext,
  everyMs: number,
  look: () => Promise<void>,
): () => Promise<void> {
  const over = new AbortController();
  const until = AbortSignal.any([signal, over.signal]);
  const looking = (async () => {
    do {
      await look();
      await clock.sleep(everyMs, until).catch(() => {});
    } while (!until.aborted);
  })();
  looking.catch(() => {});
  return () => {
    over.abort();
    return looking;
  };
}

/** `1.5 s` */
export function seconds(durationMs: number): string {
  return `${Number((durationMs / 1000).toPrecision(3))} s`;
}
