import fs from "node:fs";
import path from "node:path";
import type { TaskContext } from "../../../agent/protocol.ts";
import type { ActReport, OperationId } from "../model.ts";
import { waitUntil } from "./look.ts";
import { operations, type PreparedChange } from "./operations.ts";

/** What must stand before a change can be made. */
export interface PrepareInput {
  directory: string;
  name: string;
  operation: OperationId;
}

/** Which prepared change to make, and when. */
export interface ActInput {
  name: string;
  /** When to make the change, in the agent's time; at once when that is over. */
  atNs: number;
}

/** The writer's side of samples: changes that are prepared, and what they left to be removed. */
export interface Writer {
  prepare(input: PrepareInput, context: TaskContext): void;
  act(input: ActInput, context: TaskContext): Promise<ActReport>;
  /** Removes all that `prepare` and `act` made since the last call. */
  clean(): void;
}

/** A writer with nothing prepared; one per agent. */
export function createWriter(): Writer {
  const prepared = new Map<string, PreparedChange>();
  let leftovers: string[] = [];
  const clean = () => {
    for (const change of prepared.values()) change.close?.();
    prepared.clear();
    for (const file of leftovers) fs.rmSync(file, { recursive: true, force: true });
    leftovers = [];
  };
  return {
    prepare: ({ directory, name, operation }, context) => {
      const file = path.join(directory, name);
      leftovers.push(file, `${file}.from`);
      prepared.set(name, operations[operation].prepare(file, name, context.native));
    },
    act: async ({ name, atNs }, context) => {
      const change = prepared.get(name);
      if (!change) throw new Error(`nothing was prepared for ${name}`);
      await waitUntil(atNs, context);
      const begunNs = context.nowNs();
      change.act();
      const returnedNs = context.nowNs();
      change.close?.();
      prepared.delete(name);
      return { begunNs, returnedNs };
    },
    clean,
  };
}
