import type { Caller, Operation, OperationName, Operations } from "../../../../fuse/operations.ts";
import { monotonicMs, sleepUntil } from "../precise-sleep.ts";
import type { ShareContext } from "./context.ts";
import { type DialBoard, delayOf, needsMemory } from "./dials.ts";
import { fileOperations } from "./file-operations.ts";
import { lockOperations } from "./lock-operations.ts";
import { nameOperations } from "./name-operations.ts";
import { xattrOperations } from "./xattr-operations.ts";

/** The share as a file system: the source passed on, bent by the dials. */
export function createShare(share: ShareContext): Operations {
  const operations: Operations = {
    ...nameOperations(share),
    ...fileOperations(share),
    ...xattrOperations(share),
    ...lockOperations(share),
    // What the dials may answer with once more must still be there; it is let go when the share ends.
    forget: (node, lookups) => share.nodes.forget(node, lookups, needsMemory(share.board.dials)),
  };
  return withDelays(operations, share.board);
}

/** Makes each request wait before it is carried out; one without a delay is not slowed down by having been asked. */
function withDelays(operations: Operations, board: DialBoard): Operations {
  const names = Object.keys(operations).filter((name): name is OperationName => name !== "forget");
  const delayed = names.map((name) => {
    const operation = operations[name] as unknown as (caller: Caller, request: unknown) => unknown;
    const wrapped = (caller: Caller, request: unknown) => {
      const delayMs = delayOf(board.dials, name);
      if (delayMs === 0) return operation(caller, request);
      return sleepUntil(monotonicMs() + delayMs).then(() => operation(caller, request));
    };
    return [name, wrapped as unknown as Operation<OperationName>];
  });
  return { ...operations, ...(Object.fromEntries(delayed) as Partial<Operations>) };
}
