import { type Agent, AgentGone, TaskFailure } from "../../core/agent.ts";
import { messageOf, SeatrialError } from "../../core/errors.ts";
import { type Completed, SubjectFailure } from "../../core/history.ts";
import type { TrialContext } from "../../core/trial.ts";
import { integrityError } from "./errors.ts";
import type { IntegrityOp } from "./model.ts";
import type { IntegrityOptions } from "./options.ts";
import { ENVIRONMENT, type IntegritySteps } from "./plan.ts";

export type IntegrityContext = TrialContext<IntegrityOptions, IntegrityOp, IntegritySteps>;

/** How long a container may take to come back once its fault is healed. */
const RETURN_LIMIT_MS = 20_000;
const LOOK_EVERY_MS = 25;

/** An agent in a container that may be down just now. @throws INTEGRITY_NOT_BACK */
export async function agentWhenUp(context: IntegrityContext, container: string, downMs: number): Promise<Agent> {
  const { clock, signal } = context;
  const giveUpNs = clock.nowNs() + (downMs + RETURN_LIMIT_MS) * 1e6;
  for (;;) {
    try {
      return await context.agent(ENVIRONMENT, container);
    } catch (error) {
      signal.throwIfAborted();
      if (clock.nowNs() > giveUpNs)
        throw integrityError("INTEGRITY_NOT_BACK", `container ${container}: ${messageOf(error)}`, { cause: error });
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
  }
}

/** `gone`: the agent ended first, as it does when its container is killed. */
export type Attempted<Op> = { gone: false; completed: Completed<IntegrityOp>; op: Op } | { gone: true };

/**
 * Records one operation that an agent carries out. What the system refused ends it as failed; an agent that is gone
 * leaves it unknown. @throws what is neither: a defect, or an abort
 */
export async function attempt<Op extends IntegrityOp>(
  { recorder }: IntegrityContext,
  process: string,
  op: Op,
  work: (signal: AbortSignal) => Promise<Op>,
): Promise<Attempted<Op>> {
  let defect: unknown;
  let gone = false;
  const completed = await recorder.operation(process, op, async (signal) => {
    try {
      return await work(signal);
    } catch (error) {
      gone = error instanceof AgentGone;
      const refused = error instanceof TaskFailure && error.systemCode !== undefined;
      if (!gone && !refused) defect = error;
      if (refused) throw new SubjectFailure(error.message);
      if (error instanceof SeatrialError) throw new Error(`${error.code}: ${error.message}`, { cause: error });
      throw error;
    }
  });
  if (defect !== undefined) throw defect as Error;
  return gone ? { gone } : { gone, completed, op: completed.op as Op };
}
