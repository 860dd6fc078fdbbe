import fs from "node:fs";
import { Refusal } from "../../../../fuse/errors.ts";
import type { Caller, Operation, Operations, Request } from "../../../../fuse/operations.ts";
import type { Entry } from "../../../../fuse/replies.ts";
import { entryOf, type ShareContext } from "./context.ts";
import { createsExclusively } from "./exclusive.ts";
import { openReplyFlags } from "./file-operations.ts";
import { requireNative } from "./native.ts";
import { attributesOf } from "./nodes.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_DIRECT, S_IFMT, S_IFREG } = fs.constants;
const PERMISSIONS = 0o7777;
const SET_GROUP_ID = 0o2000;

type NameOperation =
  | "lookup"
  | "create"
  | "mknod"
  | "mkdir"
  | "symlink"
  | "readlink"
  | "link"
  | "unlink"
  | "rmdir"
  | "rename"
  | "rename2";

/** Finding, making, moving and removing names. */
export function nameOperations(share: ShareContext): Required<Pick<Operations, NameOperation>> {
  const { nodes, native } = share;
  const make = (caller: Caller, name: string, create: (path: string) => void): Entry => {
    create(nodes.child(caller.node, name));
    return madeEntry(share, caller, name);
  };
  const remove = (caller: Caller, name: string, drop: (path: string) => void): void => {
    drop(nodes.child(caller.node, name));
    share.recall.forgetName(nodes.get(caller.node), name);
  };
  const rename = renameOperation(share);
  return {
    lookup: lookupOperation(share),
    create: createOperation(share),
    mknod: (caller, { name, mode, device }) =>
      make(caller, name, (path) => {
        if (native) native.makeNode(path, mode, device);
        else if ((mode & S_IFMT) === S_IFREG) fs.closeSync(fs.openSync(path, "wx", mode & PERMISSIONS));
        else throw new Refusal("ENOSYS");
      }),
    mkdir: (caller, { name, mode }) => make(caller, name, (path) => fs.mkdirSync(path, mode & PERMISSIONS)),
    symlink: (caller, { name, target }) => make(caller, name, (path) => fs.symlinkSync(target, path)),
    readlink: ({ node }) => fs.readlinkSync(nodes.get(node).lastPath),
    link: (caller, { linked, name }) => {
      fs.linkSync(nodes.get(linked).lastPath, nodes.child(caller.node, name));
      share.recall.forgetFile(nodes.get(linked));
      return namedEntry(share, caller.node, name);
    },
    unlink: (caller, { name }) => remove(caller, name, fs.unlinkSync),
    rmdir: (caller, { name }) => remove(caller, name, fs.rmdirSync),
    rename,
    rename2: (caller, request) => rename(caller, request),
  };
}

function lookupOperation(share: ShareContext): Operation<"lookup"> {
  const { board, nodes, recall } = share;
  return (caller, { name }) => {
    const { negativeTtlMs, exclusive } = board.dials;
    const found = recall.name(caller.node, name, nodes.find(caller.node, name));
    const denied =
      found &&
      exclusive === "broken" &&
      (attributesOf(found).mode & S_IFMT) === S_IFREG &&
      createsExclusively(caller.pid);
    if (found && !denied) return entryOf(share, found);
    if (negativeTtlMs === 0) throw new Refusal("ENOENT");
    return { node: 0, nameTtlMs: negativeTtlMs, attributesTtlMs: 0 };
  };
}

function createOperation(share: ShareContext): Operation<"create"> {
  const { board, nodes, handles } = share;
  return (caller, request) => {
    const { descriptor, isNew } = openOrCreate(nodes.child(caller.node, request.name), request, board.dials.exclusive);
    const handle = handles.addFile({ node: 0, descriptor });
    const entry = isNew ? madeEntry(share, caller, request.name) : namedEntry(share, caller.node, request.name);
    handles.file(handle).node = entry.node;
    return { entry, opened: { handle, flags: openReplyFlags(board.dials) } };
  };
}

/** Always tries to be the maker first, so that it is known whose file it is. */
function openOrCreate(path: string, request: Request<"create">, exclusive: "right" | "broken") {
  const flags = (request.flags & ~O_DIRECT) | O_CREAT | O_NOFOLLOW;
  try {
    return { descriptor: fs.openSync(path, flags | O_EXCL, request.mode & PERMISSIONS), isNew: true };
  } catch (error) {
    const mayExist = exclusive === "broken" || (request.flags & O_EXCL) === 0;
    if (!mayExist || (error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return { descriptor: fs.openSync(path, flags & ~O_EXCL, request.mode & PERMISSIONS), isNew: false };
  }
}

function renameOperation({ nodes, native, recall }: ShareContext): Operation<"rename"> {
  return (caller, { newParent, flags, name, newName }) => {
    const [from, to] = [nodes.child(caller.node, name), nodes.child(newParent, newName)];
    if (flags === 0) fs.renameSync(from, to);
    else requireNative(native).rename(from, to, flags);
    recall.forgetName(nodes.get(caller.node), name);
    recall.forgetName(nodes.get(newParent), newName);
    nodes.relocate(newParent, newName);
    if (flags !== 0) nodes.relocate(caller.node, name);
  };
}

/** What was just made belongs to whoever asked for it; in a set-group-id directory the group stays the directory's. */
function madeEntry(share: ShareContext, caller: Caller, name: string): Entry {
  const { nodes, self } = share;
  const inheritsGroup = (attributesOf(nodes.get(caller.node)).mode & SET_GROUP_ID) !== 0;
  const gid = inheritsGroup ? -1 : caller.gid;
  const isOwn = caller.uid === self.uid && (inheritsGroup || caller.gid === self.gid);
  if (!isOwn) fs.lchownSync(nodes.child(caller.node, name), caller.uid, gid);
  return namedEntry(share, caller.node, name);
}

function namedEntry(share: ShareContext, parent: number, name: string): Entry {
  const node = share.nodes.find(parent, name);
  if (!node) throw new Refusal("ENOENT");
  share.recall.forgetName(share.nodes.get(parent), name);
  return entryOf(share, node);
}
