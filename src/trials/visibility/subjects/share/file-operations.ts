import fs from "node:fs";
import { OPEN_REPLY } from "../../../../fuse/handshake.ts";
import type { Operation, Operations, Request } from "../../../../fuse/operations.ts";
import { packDirectory } from "../../../../fuse/replies.ts";
import { attributesReply, type ShareContext } from "./context.ts";
import type { ShareDials } from "./dials.ts";
import type { FileHandle } from "./handles.ts";
import { requireNative } from "./native.ts";
import { type ListedName, REMEMBERED_BYTES } from "./recall.ts";

const { O_CREAT, O_EXCL, O_DIRECT, O_NOFOLLOW } = fs.constants;
const PERMISSIONS = 0o7777;
const UNCHANGED_OWNER = -1;

type FileOperation =
  | "getattr"
  | "setattr"
  | "open"
  | "read"
  | "write"
  | "release"
  | "fsync"
  | "fallocate"
  | "opendir"
  | "readdir"
  | "releasedir"
  | "fsyncdir"
  | "statfs";

/** Looking at and changing what is behind the names. */
export function fileOperations(share: ShareContext): Required<Pick<Operations, FileOperation>> {
  const { board, nodes, handles, recall, native } = share;
  return {
    getattr: ({ node }) => attributesReply(share, node),
    setattr: (caller, change) => {
      if (!share.isEcho(caller)) {
        applyChange(share, caller.node, change);
        recall.forgetFile(nodes.get(caller.node));
      }
      return attributesReply(share, caller.node);
    },
    open: ({ node }, { flags }) => {
      const descriptor = fs.openSync(nodes.path(node), flags & ~(O_CREAT | O_EXCL | O_DIRECT | O_NOFOLLOW));
      return { handle: handles.addFile({ node, descriptor }), flags: openReplyFlags(board.dials) };
    },
    read: readOperation(share),
    write: (_caller, { handle, offset, data }) => {
      const { node, descriptor } = handles.file(handle);
      const written = fs.writeSync(descriptor, data, 0, data.length, offset);
      recall.forgetFile(nodes.get(node));
      return written;
    },
    release: (_caller, { handle }) => handles.close(handle),
    fsync: (_caller, { handle, dataOnly }) => {
      (dataOnly ? fs.fdatasyncSync : fs.fsyncSync)(handles.file(handle).descriptor);
    },
    fallocate: (_caller, { handle, mode, offset, lengthBytes }) => {
      const { node, descriptor } = handles.file(handle);
      requireNative(native).allocate(descriptor, mode, offset, lengthBytes);
      recall.forgetFile(nodes.get(node));
    },
    opendir: () => ({ handle: handles.addListing([]), flags: 0 }),
    readdir: readdirOperation(share),
    releasedir: (_caller, { handle }) => handles.close(handle),
    fsyncdir: ({ node }) => syncDirectory(nodes.path(node)),
    statfs: ({ node }) => figuresOf(nodes.path(node)),
  };
}

/** Answers that come from memory must not be kept by the kernel, or they would outlive their window. */
export function openReplyFlags({ cache, tornReadsMs, tornReadsEvery, revertEvery }: ShareDials): number {
  if (cache === "never" || tornReadsMs > 0 || tornReadsEvery > 0 || revertEvery > 0) return OPEN_REPLY.directIo;
  return cache === "always" ? OPEN_REPLY.keepCache : 0;
}

function applyChange({ nodes, handles, native }: ShareContext, id: number, change: Request<"setattr">): void {
  const path = nodes.path(id);
  const { mode, uid, gid, sizeBytes, handle, atime, mtime } = change;
  // The owner first: changing it clears the set-user-id bits that the mode may set.
  if (uid !== undefined || gid !== undefined) fs.chownSync(path, uid ?? UNCHANGED_OWNER, gid ?? UNCHANGED_OWNER);
  if (mode !== undefined) fs.chmodSync(path, mode & PERMISSIONS);
  if (sizeBytes !== undefined && handle !== undefined) fs.ftruncateSync(handles.file(handle).descriptor, sizeBytes);
  else if (sizeBytes !== undefined) fs.truncateSync(path, sizeBytes);
  if (atime === undefined && mtime === undefined) return;
  if (native) return native.setTimes(path, atime, mtime);
  const now = fs.statSync(path);
  fs.utimesSync(path, secondsOf(atime, now.atimeMs), secondsOf(mtime, now.mtimeMs));
}

/** Without foreign functions times go through doubles, which carry today's dates to about a quarter of a microsecond. */
function secondsOf(time: bigint | "now" | undefined, unchangedMs: number): number | Date {
  if (time === "now") return new Date();
  return time === undefined ? unchangedMs / 1000 : Number(time) / 1e9;
}

function readOperation({ board, nodes, handles, recall }: ShareContext): Operation<"read"> {
  return (_caller, { handle, offset, sizeBytes }) => {
    const file = handles.file(handle);
    const { sizeLimitBytes, staleSizeMs, tornReadsMs, tornReadsEvery, revertEvery } = board.dials;
    if (tornReadsMs > 0 || tornReadsEvery > 0 || revertEvery > 0) {
      const stat = fs.fstatSync(file.descriptor, { bigint: true });
      if (stat.size <= REMEMBERED_BYTES) {
        const whole = readAt(file, 0, Number(stat.size));
        return recall.content(nodes.get(file.node), whole, stat.mtimeNs).subarray(offset, offset + sizeBytes);
      }
    }
    if (sizeLimitBytes === 0 || staleSizeMs > 0) return readAt(file, offset, sizeBytes);
    return readAt(file, offset, Math.max(0, Math.min(sizeBytes, sizeLimitBytes - offset)));
  };
}

function readAt({ descriptor }: FileHandle, offset: number, sizeBytes: number): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBytes);
  return bytes.subarray(0, fs.readSync(descriptor, bytes, 0, sizeBytes, offset));
}

/** The names as they were when reading began at 0, so that no name comes twice or is left out while others go. */
function readdirOperation({ nodes, handles, recall }: ShareContext): Operation<"readdir"> {
  return ({ node }, { handle, offset, sizeBytes }) => {
    if (offset === 0) handles.replaceListing(handle, recall.listing(nodes.get(node), namesIn(nodes.path(node))));
    const rest = handles.listing(handle).slice(offset);
    return packDirectory(
      rest.map(({ name, type }, index) => ({ name, type, next: offset + index + 1 })),
      sizeBytes,
    );
  };
}

/** The type as the high nibble of a mode. */
const DIRECTORY_TYPE = 4;

function namesIn(path: string): ListedName[] {
  const dots = [".", ".."].map((name) => ({ name, type: DIRECTORY_TYPE }));
  return [
    ...dots,
    ...fs.readdirSync(path, { withFileTypes: true }).map((entry) => ({ name: entry.name, type: typeOf(entry) })),
  ];
}

function typeOf(entry: fs.Dirent): number {
  if (entry.isFile()) return 8;
  if (entry.isDirectory()) return DIRECTORY_TYPE;
  if (entry.isSymbolicLink()) return 10;
  if (entry.isFIFO()) return 1;
  if (entry.isSocket()) return 12;
  return entry.isCharacterDevice() ? 2 : 6;
}

function syncDirectory(path: string): void {
  const descriptor = fs.openSync(path, "r");
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function figuresOf(path: string) {
  const { blocks, bfree, bavail, files, ffree, bsize } = fs.statfsSync(path, { bigint: true });
  return {
    blocks,
    freeBlocks: bfree,
    availableBlocks: bavail,
    files,
    freeFiles: ffree,
    blockSizeBytes: Number(bsize),
    maxNameBytes: 255,
  };
}
