import type { TaskTable } from "../../../agent/protocol.ts";

/** What the agent can do for the visibility trial. */
export const visibilityTasks: TaskTable = {};
