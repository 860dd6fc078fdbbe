import { expect, test } from "vitest";
import { AgentGone, TaskFailure } from "../../core/agent.ts";
import { createSystemClock } from "../../core/clock.ts";
import { createRecorder } from "../../engine/recorder.ts";
import type { HistoryEventBody } from "../../store/writer.ts";
import { attempt } from "./attempt.ts";
import type { ScenarioOp } from "./model.ts";
import type { VisibilityContext } from "./rig.ts";

const OP: ScenarioOp = { type: "scenario", scenario: "ladder", direction: "host-to-container", environment: "env-0" };

/** What is recorded of one piece of work, and what the trial is told of it. */
async function recordOf(work: (stop: (reason: Error) => void) => Promise<ScenarioOp>) {
  const controller = new AbortController();
  const { signal } = controller;
  const events: HistoryEventBody[] = [];
  const history = { write: (_: number, body: HistoryEventBody) => events.push(body), count: 0, close: () => {} };
  const recorder = createRecorder({ history, clock: createSystemClock(), signal, onNote: () => {} });
  const context = { recorder, signal } as unknown as VisibilityContext;
  const thrown = await attempt(context, OP, () => work((reason) => controller.abort(reason))).then(
    () => undefined,
    (error: unknown) => error,
  );
  return { ended: events.at(-1), thrown };
}

test("an answer is recorded as one", async () => {
  expect(await recordOf(async () => ({ ...OP, result: 7 }))).toMatchObject({
    ended: { kind: "ok", op: { result: 7 } },
  });
});

test("what is answered after an interrupt is unknown, and ends the trial", async () => {
  const reason = new Error("interrupted by SIGTERM");
  const cutShort = await recordOf(async (stop) => {
    stop(reason);
    return { ...OP, result: "half of it" };
  });
  expect(cutShort).toMatchObject({ ended: { kind: "unknown", op: OP, reason: reason.message }, thrown: reason });
});

test("a task that failed was refused; the trial goes on", async () => {
  const refused = await recordOf(() => Promise.reject(new TaskFailure("read-only file system", "EROFS")));
  expect(refused).toMatchObject({ ended: { kind: "fail", reason: "EROFS: read-only file system" }, thrown: undefined });
});

test("a task that failed by the lab, or by nobody knows what, has an unknown end", async () => {
  for (const failure of [new TaskFailure("nothing was prepared for s1"), new TaskFailure("disk full", "ENOSPC")]) {
    expect(await recordOf(() => Promise.reject(failure))).toMatchObject({ ended: { kind: "unknown" } });
  }
});

test("an agent that has gone leaves an unknown end, and ends the trial", async () => {
  const gone = new AgentGone("the agent has gone");
  expect(await recordOf(() => Promise.reject(gone))).toMatchObject({ ended: { kind: "unknown" }, thrown: gone });
});
