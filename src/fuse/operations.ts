import * as reply from "./replies.ts";
import * as request from "./requests.ts";
import type { StructReader } from "./struct.ts";

interface Codec<Asked, Answered> {
  opcode: number;
  parse(body: StructReader): Asked;
  pack(reply: Answered): Uint8Array;
}

function codec<Asked, Answered>(
  opcode: number,
  parse: (body: StructReader) => Asked,
  pack: (reply: Answered) => Uint8Array,
): Codec<Asked, Answered> {
  return { opcode, parse, pack };
}

/** Every request that can have an answer, as `enum fuse_opcode` numbers them. */
export const CODECS = {
  lookup: codec(1, request.parseName, reply.packEntry),
  getattr: codec(3, request.parseNothing, reply.packAttributes),
  setattr: codec(4, request.parseSetAttributes, reply.packAttributes),
  readlink: codec(5, request.parseNothing, reply.packText),
  symlink: codec(6, request.parseSymlink, reply.packEntry),
  mknod: codec(8, request.parseMakeNode, reply.packEntry),
  mkdir: codec(9, request.parseMakeDirectory, reply.packEntry),
  unlink: codec(10, request.parseName, reply.packNothing),
  rmdir: codec(11, request.parseName, reply.packNothing),
  rename: codec(12, request.parseRename, reply.packNothing),
  link: codec(13, request.parseLink, reply.packEntry),
  open: codec(14, request.parseOpen, reply.packOpened),
  read: codec(15, request.parseRead, reply.packBytes),
  write: codec(16, request.parseWrite, reply.packWritten),
  statfs: codec(17, request.parseNothing, reply.packFigures),
  release: codec(18, request.parseRelease, reply.packNothing),
  fsync: codec(20, request.parseSync, reply.packNothing),
  setxattr: codec(21, request.parseSetXattr, reply.packNothing),
  getxattr: codec(22, request.parseGetXattr, reply.packXattr),
  listxattr: codec(23, request.parseListXattr, reply.packXattr),
  removexattr: codec(24, request.parseName, reply.packNothing),
  flush: codec(25, request.parseFlush, reply.packNothing),
  opendir: codec(27, request.parseOpen, reply.packOpened),
  readdir: codec(28, request.parseRead, reply.packBytes),
  releasedir: codec(29, request.parseRelease, reply.packNothing),
  fsyncdir: codec(30, request.parseSync, reply.packNothing),
  getlk: codec(31, request.parseLock, reply.packLock),
  setlk: codec(32, request.parseLock, reply.packNothing),
  setlkw: codec(33, request.parseLock, reply.packNothing),
  create: codec(35, request.parseCreate, reply.packCreated),
  fallocate: codec(43, request.parseAllocate, reply.packNothing),
  rename2: codec(45, request.parseRenameWithFlags, reply.packNothing),
};

/** Requests that the loop itself deals with. */
export const OPCODE = { forget: 2, init: 26, interrupt: 36, destroy: 38, batchForget: 42 } as const;

export type OperationName = keyof typeof CODECS;
export type Request<Name extends OperationName> = ReturnType<(typeof CODECS)[Name]["parse"]>;
export type Reply<Name extends OperationName> = Parameters<(typeof CODECS)[Name]["pack"]>[0];

/** Who asks, and about which node. */
export interface Caller extends request.RequestHeader {
  /** Whether the asking thread has been told to give up (a signal); long waits look at it and refuse with EINTR. */
  interrupted(): boolean;
}

export type Operation<Name extends OperationName> = (
  caller: Caller,
  request: Request<Name>,
) => Reply<Name> | Promise<Reply<Name>>;

/** A file system: what it leaves out is answered with ENOSYS. Throws a `Refusal` or a system error to refuse. */
export type Operations = { [Name in OperationName]?: Operation<Name> } & {
  /** The kernel has dropped `lookups` of its references to a node. */
  forget(node: number, lookups: number): void;
};
