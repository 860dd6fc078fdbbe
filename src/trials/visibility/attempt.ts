import { AgentGone, TaskFailure } from "../../core/agent.ts";
import { type Completed, SubjectFailure } from "../../core/history.ts";
import type { VisibilityOp } from "./model.ts";
import { reasonOf, troubleOf } from "./refusals.ts";
import type { VisibilityContext } from "./rig.ts";

/**
 * Records one operation. A task that failed by a system error has failed by the subject; one that failed by the lab has an unknown end. An agent that has gone ends the trial, after the operation
 * was recorded as unknown. So is one that was interrupted: tasks that are told to stop answer with what they have, which says nothing.
 */
export async function attempt<Op extends VisibilityOp>(
  context: VisibilityContext,
  op: Op,
  work: (signal: AbortSignal) => Promise<Op>,
): Promise<Completed<VisibilityOp>> {
  let lost: AgentGone | undefined;
  const completed = await context.recorder.operation(op.environment, op, async (signal) => {
    try {
      const result = await work(signal);
      signal.throwIfAborted();
      return result;
    } catch (error) {
      if (error instanceof AgentGone) lost = error;
      if (error instanceof TaskFailure && troubleOf(error.systemCode, error.message) !== "lab")
        throw new SubjectFailure(reasonOf(error.systemCode, error.message));
      throw error;
    }
  });
  if (lost) throw lost;
  context.signal.throwIfAborted();
  return completed;
}
