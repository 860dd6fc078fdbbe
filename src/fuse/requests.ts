import type { StructReader } from "./struct.ts";

// Bodies of requests as in include/uapi/linux/fuse.h, protocol 7.31. One function a struct; its comment names the struct.

/** `fuse_in_header`: what every request begins with. 40 bytes. */
export interface RequestHeader {
  opcode: number;
  unique: number;
  node: number;
  uid: number;
  gid: number;
  /** The thread that asks, in the pid namespace of the mount's maker; 0 for the kernel itself. */
  pid: number;
}

export const REQUEST_HEADER_BYTES = 40;

/** `fuse_in_header`. */
export function parseHeader(body: StructReader): RequestHeader {
  const opcode = body.skip(4).u32();
  return { opcode, unique: body.u64(), node: body.u64(), uid: body.u32(), gid: body.u32(), pid: body.u32() };
}

/** Requests whose body is one name. */
export const parseName = (body: StructReader) => ({ name: body.text() });

export const parseNothing = (_body: StructReader) => ({});

/** `fuse_forget_in`. */
export const parseForget = (body: StructReader) => ({ lookups: body.u64() });

/** `fuse_batch_forget_in` and its `fuse_forget_one`s. */
export function parseBatchForget(body: StructReader) {
  const count = body.u32();
  body.skip(4);
  return { forgotten: Array.from({ length: count }, () => ({ node: body.u64(), lookups: body.u64() })) };
}

/** `fuse_interrupt_in`. */
export const parseInterrupt = (body: StructReader) => ({ unique: body.u64() });

/** A time to set: absent leaves it alone, "now" is the server's clock. */
export type TimeChange = bigint | "now" | undefined;

const FATTR = {
  mode: 1 << 0,
  uid: 1 << 1,
  gid: 1 << 2,
  size: 1 << 3,
  atime: 1 << 4,
  mtime: 1 << 5,
  handle: 1 << 6,
  atimeNow: 1 << 7,
  mtimeNow: 1 << 8,
};

/** `fuse_setattr_in`: only the members that its mask names. */
export function parseSetAttributes(body: StructReader) {
  const valid = body.u32();
  const given = <T>(bit: number, value: T): T | undefined => (valid & bit ? value : undefined);
  const handle = given(FATTR.handle, body.skip(4).u64());
  const sizeBytes = given(FATTR.size, body.u64());
  const [atimeS, mtimeS] = [body.skip(8).big64(), body.big64()];
  const [atimeNs, mtimeNs] = [body.skip(8).u32(), body.u32()];
  const time = (bit: number, nowBit: number, seconds: bigint, ns: number): TimeChange => {
    if (!(valid & bit)) return undefined;
    return valid & nowBit ? "now" : BigInt.asIntN(64, seconds) * 1_000_000_000n + BigInt(ns);
  };
  return {
    handle,
    sizeBytes,
    atime: time(FATTR.atime, FATTR.atimeNow, atimeS, atimeNs),
    mtime: time(FATTR.mtime, FATTR.mtimeNow, mtimeS, mtimeNs),
    mode: given(FATTR.mode, body.skip(4).u32()),
    uid: given(FATTR.uid, body.skip(4).u32()),
    gid: given(FATTR.gid, body.u32()),
  };
}

/** The new name and the text it points to. */
export const parseSymlink = (body: StructReader) => ({ name: body.text(), target: body.text() });

/** `fuse_mknod_in`; the mode holds the type and has the umask taken off. */
export function parseMakeNode(body: StructReader) {
  const [mode, device] = [body.u32(), body.u32()];
  return { mode, device, name: body.skip(8).text() };
}

/** `fuse_mkdir_in`. */
export function parseMakeDirectory(body: StructReader) {
  const mode = body.u32();
  return { mode, name: body.skip(4).text() };
}

/** `fuse_rename_in`. */
export function parseRename(body: StructReader) {
  const newParent = body.u64();
  return { newParent, flags: 0, name: body.text(), newName: body.text() };
}

/** `fuse_rename2_in`; flags as in renameat2(2). */
export function parseRenameWithFlags(body: StructReader) {
  const [newParent, flags] = [body.u64(), body.u32()];
  body.skip(4);
  return { newParent, flags, name: body.text(), newName: body.text() };
}

/** `fuse_link_in`: the header's node is the directory of the new name. */
export const parseLink = (body: StructReader) => ({ linked: body.u64(), name: body.text() });

/** `fuse_open_in`; flags as in open(2). */
export const parseOpen = (body: StructReader) => ({ flags: body.u32() });

/** `fuse_create_in`. */
export function parseCreate(body: StructReader) {
  const [flags, mode] = [body.u32(), body.u32()];
  return { flags, mode, name: body.skip(8).text() };
}

/** `fuse_read_in`, for files and for directories. */
export function parseRead(body: StructReader) {
  return { handle: body.u64(), offset: body.u64(), sizeBytes: body.u32() };
}

/** `fuse_write_in` and the data behind it. */
export function parseWrite(body: StructReader) {
  const [handle, offset, sizeBytes] = [body.u64(), body.u64(), body.u32()];
  return { handle, offset, data: body.skip(20).bytes(sizeBytes) };
}

/** `fuse_release_in`. */
export const parseRelease = (body: StructReader) => ({ handle: body.u64() });

/** `fuse_flush_in`: one descriptor of an open file was closed by `owner`. */
export function parseFlush(body: StructReader) {
  const handle = body.u64();
  return { handle, owner: body.skip(8).big64() };
}

/** `fuse_fsync_in`. */
export const parseSync = (body: StructReader) => ({ handle: body.u64(), dataOnly: (body.u32() & 1) !== 0 });

/** `fuse_setxattr_in` in its 8-byte form. */
export function parseSetXattr(body: StructReader) {
  const [sizeBytes, flags, name] = [body.u32(), body.u32(), body.text()];
  return { name, flags, value: body.bytes(sizeBytes) };
}

/** `fuse_getxattr_in`; a size of 0 asks how large the answer would be. */
export function parseGetXattr(body: StructReader) {
  const sizeBytes = body.u32();
  return { sizeBytes, name: body.skip(4).text() };
}

/** `fuse_getxattr_in` without a name. */
export const parseListXattr = (body: StructReader) => ({ sizeBytes: body.u32() });

/** `fuse_lk_in`, for fcntl(2) and flock(2) locks. `end` is included; 2^63 - 1 means the end of the file. `type` is F_RDLCK 0, F_WRLCK 1 or F_UNLCK 2. */
export function parseLock(body: StructReader) {
  const [handle, owner] = [body.u64(), body.big64()];
  const [start, end] = [body.big64(), body.big64()];
  const [type, pid] = [body.u32(), body.u32()];
  return { handle, owner, start, end, type, pid, isFlock: (body.u32() & 1) !== 0 };
}

/** `fuse_fallocate_in`; mode as in fallocate(2). */
export function parseAllocate(body: StructReader) {
  return { handle: body.u64(), offset: body.u64(), lengthBytes: body.u64(), mode: body.u32() };
}

/** `fuse_init_in`, as far as version 7.31 has it. */
export function parseInit(body: StructReader) {
  return { major: body.u32(), minor: body.u32(), maxReadaheadBytes: body.u32(), flags: body.u32() };
}
