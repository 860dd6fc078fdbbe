import { Refusal } from "../../../../fuse/errors.ts";
import type { Operations } from "../../../../fuse/operations.ts";
import type { ShareContext } from "./context.ts";
import { requireNative } from "./native.ts";

/** Extended attributes, passed on. Without foreign functions the kernel is told that there are none, once. */
export function xattrOperations({
  nodes,
  native,
}: ShareContext): Required<Pick<Operations, "getxattr" | "listxattr" | "setxattr" | "removexattr">> {
  return {
    getxattr: ({ node }, { name, sizeBytes }) =>
      sized(requireNative(native).getXattr(nodes.path(node), name), sizeBytes),
    listxattr: ({ node }, { sizeBytes }) => sized(requireNative(native).listXattr(nodes.path(node)), sizeBytes),
    setxattr: ({ node }, { name, value, flags }) =>
      requireNative(native).setXattr(nodes.path(node), name, value, flags),
    removexattr: ({ node }, { name }) => requireNative(native).removeXattr(nodes.path(node), name),
  };
}

function sized(value: Buffer, limitBytes: number): Buffer | number {
  if (limitBytes === 0) return value.length;
  if (value.length > limitBytes) throw new Refusal("ERANGE");
  return value;
}
