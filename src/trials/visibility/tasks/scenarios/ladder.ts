import type { TaskContext } from "../../../../agent/protocol.ts";
import type { ActReport, Answer, Observer, OperationId } from "../../model.ts";
import type { Writer } from "../act.ts";
import { waitUntil } from "../look.ts";
import { openGaze } from "../observe.ts";
import { operations } from "../operations.ts";

/** Makes many prepared changes, each at its own time. `items` are in order of time. */
export async function actMany(
  writer: Writer,
  { items }: { items: { name: string; atNs: number }[] },
  context: TaskContext,
): Promise<ActReport[]> {
  const reports: ActReport[] = [];
  for (const item of items) reports.push(await writer.act(item, context));
  return reports;
}

/** Names to look at, each at a time of its own (the agent's). */
export interface LookManyInput {
  directory: string;
  operation: OperationId;
  observer: Observer;
  items: { name: string; atNs: number }[];
}

/** One look at each name, at its own time, and never a second one: so no look can warm a cache for the next. */
export async function lookMany(
  { directory, operation, observer, items }: LookManyInput,
  context: TaskContext,
): Promise<{ answer: Answer; beginNs: number; endNs: number }[]> {
  const looks = [];
  for (const { name, atNs } of items) {
    const gaze = openGaze(observer, false, {
      directory,
      name,
      operation: operations[operation],
      native: context.native,
    });
    await waitUntil(atNs, context);
    const beginNs = context.nowNs();
    const answer = gaze.look();
    looks.push({ answer, beginNs, endNs: context.nowNs() });
    gaze.close();
  }
  return looks;
}
