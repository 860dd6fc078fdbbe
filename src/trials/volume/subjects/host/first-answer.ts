import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "../../../../core/clock.ts";
import { DriverClient } from "../../client.ts";

/** Whose answer is waited for. */
export interface AnswerWait {
  socketPath: string;
  clock: Clock;
  limitMs: number;
  /** Resolves when nobody is there any more who could answer. */
  ended?: Promise<unknown>;
  signal?: AbortSignal;
}

const ASK_EVERY_MS = 10;

/** Asks for `Plugin.Activate` until there is an answer, whatever it says; `silent` when `limitMs` have passed. */
export async function firstAnswer(wait: AnswerWait): Promise<"answers" | "ended" | "silent"> {
  const { socketPath, clock, limitMs, signal } = wait;
  const ended = wait.ended?.then(() => "ended" as const) ?? new Promise<never>(() => undefined);
  const untilNs = clock.nowNs() + limitMs * 1e6;
  const leftMs = () => Math.max(1, (untilNs - clock.nowNs()) / 1e6);
  const client = new DriverClient({ socketPath, clock, deadlineMs: limitMs });
  try {
    while (clock.nowNs() < untilNs) {
      signal?.throwIfAborted();
      const asked = client.request({ path: "/Plugin.Activate", deadlineMs: leftMs() });
      const answer = await Promise.race([asked, ended]);
      if (answer === "ended") return answer;
      if (answer.status !== undefined) return "answers";
      await Promise.race([delay(ASK_EVERY_MS), ended]);
    }
    return "silent";
  } finally {
    client.close();
  }
}
