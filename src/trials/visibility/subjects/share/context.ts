import type { Caller } from "../../../../fuse/operations.ts";
import type { AttributesReply, Entry } from "../../../../fuse/replies.ts";
import type { DialBoard } from "./dials.ts";
import type { HandleTable } from "./handles.ts";
import type { Native } from "./native.ts";
import { attributesOf, type NodeTable, type ShareNode } from "./nodes.ts";
import type { Recall } from "./recall.ts";

/** What the operations of one share have in common. */
export interface ShareContext {
  board: DialBoard;
  nodes: NodeTable;
  handles: HandleTable;
  recall: Recall;
  /** Undefined where foreign functions cannot be loaded. */
  native: Native | undefined;
  /** The user and group that new files belong to when nobody says otherwise. */
  self: { uid: number; gid: number };
  /** Whether a request comes from the share's own echo process, whose changes are only for show. */
  isEcho(caller: Caller): boolean;
}

/** Hands a file out to the kernel, which gives it back by `forget`. */
export function entryOf({ board, recall }: ShareContext, node: ShareNode): Entry {
  node.lookups++;
  const attributes = recall.attributes(node, attributesOf(node), false);
  return { node: node.id, nameTtlMs: board.dials.entryTtlMs, attributesTtlMs: board.dials.attrTtlMs, attributes };
}

/** What the kernel may believe of a file. */
export function attributesReply({ board, nodes, recall }: ShareContext, id: number): AttributesReply {
  const node = nodes.get(id);
  return { ttlMs: board.dials.attrTtlMs, attributes: recall.attributes(node, attributesOf(node), true) };
}
