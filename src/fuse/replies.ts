import { StructWriter } from "./struct.ts";

// Bodies of replies as in include/uapi/linux/fuse.h, protocol 7.31.

/** `fuse_attr`: what stat(2) tells. */
export interface Attributes {
  ino: bigint;
  sizeBytes: number;
  /** Of 512 bytes. */
  blocks: number;
  atimeNs: bigint;
  mtimeNs: bigint;
  ctimeNs: bigint;
  /** Type and permissions. */
  mode: number;
  linkCount: number;
  uid: number;
  gid: number;
  device: number;
  blockSizeBytes: number;
}

/** `fuse_entry_out`. Node 0 says that the name is missing and that the kernel may remember so for `nameTtlMs`. */
export interface Entry {
  node: number;
  nameTtlMs: number;
  attributesTtlMs: number;
  /** Absent only with node 0. */
  attributes?: Attributes;
}

/** `fuse_attr_out`. */
export interface AttributesReply {
  ttlMs: number;
  attributes: Attributes;
}

/** `fuse_open_out`; flags of `OPEN_REPLY`. */
export interface Opened {
  handle: number;
  flags: number;
}

/** `fuse_dirent`. `next` is the offset at which reading goes on after this name; `type` is the mode's high nibble. */
export interface DirectoryEntry {
  name: string;
  next: number;
  type: number;
}

/** `fuse_file_lock`. */
export interface LockReply {
  start: bigint;
  end: bigint;
  type: number;
  pid: number;
}

/** `fuse_kstatfs`: what statfs(2) tells, in blocks. */
export interface FileSystemFigures {
  blocks: bigint;
  freeBlocks: bigint;
  availableBlocks: bigint;
  files: bigint;
  freeFiles: bigint;
  blockSizeBytes: number;
  maxNameBytes: number;
}

export const ATTRIBUTES_BYTES = 88;
const NS_PER_S = 1_000_000_000n;

function putAttributes(out: StructWriter, a: Attributes): StructWriter {
  const times = [a.atimeNs, a.mtimeNs, a.ctimeNs].map(splitTime);
  out.u64(a.ino).u64(a.sizeBytes).u64(a.blocks);
  for (const { seconds } of times) out.u64(seconds);
  for (const { ns } of times) out.u32(ns);
  return out.u32(a.mode).u32(a.linkCount).u32(a.uid).u32(a.gid).u32(a.device).u32(a.blockSizeBytes).skip(4);
}

/** Times before 1970 have negative seconds and still a positive rest. */
function splitTime(timeNs: bigint): { seconds: bigint; ns: number } {
  const rest = ((timeNs % NS_PER_S) + NS_PER_S) % NS_PER_S;
  return { seconds: (timeNs - rest) / NS_PER_S, ns: Number(rest) };
}

function splitTtl(ttlMs: number): { seconds: number; ns: number } {
  const seconds = Math.floor(ttlMs / 1000);
  return { seconds, ns: Math.round((ttlMs - seconds * 1000) * 1e6) };
}

/** `fuse_entry_out`. */
export function packEntry({ node, nameTtlMs, attributesTtlMs, attributes }: Entry): Buffer {
  const [name, attr] = [splitTtl(nameTtlMs), splitTtl(attributesTtlMs)];
  const out = new StructWriter(40 + ATTRIBUTES_BYTES);
  out.u64(node).u64(1).u64(name.seconds).u64(attr.seconds).u32(name.ns).u32(attr.ns);
  if (attributes) putAttributes(out, attributes);
  return out.bytes;
}

/** `fuse_attr_out`. */
export function packAttributes({ ttlMs, attributes }: AttributesReply): Buffer {
  const ttl = splitTtl(ttlMs);
  return putAttributes(new StructWriter(16 + ATTRIBUTES_BYTES).u64(ttl.seconds).u32(ttl.ns).skip(4), attributes).bytes;
}

export const packOpened = ({ handle, flags }: Opened): Buffer => new StructWriter(16).u64(handle).u32(flags).bytes;

export const packCreated = ({ entry, opened }: { entry: Entry; opened: Opened }): Buffer =>
  Buffer.concat([packEntry(entry), packOpened(opened)]);

/** `fuse_write_out`. */
export const packWritten = (sizeBytes: number): Buffer => new StructWriter(8).u32(sizeBytes).bytes;

export const packText = (text: string): Buffer => Buffer.from(text);

export const packBytes = (bytes: Uint8Array): Uint8Array => bytes;

export const packNothing = (_reply: void): Uint8Array => new Uint8Array(0);

/** A number is `fuse_getxattr_out`, the answer to a request of size 0. */
export const packXattr = (reply: Uint8Array | number): Uint8Array =>
  typeof reply === "number" ? new StructWriter(8).u32(reply).bytes : reply;

export const packLock = ({ start, end, type, pid }: LockReply): Buffer =>
  new StructWriter(24).u64(start).u64(end).u32(type).u32(pid).bytes;

/** `fuse_statfs_out`. */
export function packFigures(figures: FileSystemFigures): Buffer {
  const out = new StructWriter(80);
  out.u64(figures.blocks).u64(figures.freeBlocks).u64(figures.availableBlocks).u64(figures.files);
  out.u64(figures.freeFiles).u32(figures.blockSizeBytes).u32(figures.maxNameBytes).u32(figures.blockSizeBytes);
  return out.bytes;
}

/** libfuse's FUSE_UNKNOWN_INO: zero would make readers skip the name. */
const UNKNOWN_INODE = 0xffffffff;

/** As many whole `fuse_dirent`s, each padded to 8 bytes, as fit into `limitBytes`. */
export function packDirectory(entries: Iterable<DirectoryEntry>, limitBytes: number): Buffer {
  const packed: Buffer[] = [];
  let usedBytes = 0;
  for (const { name, next, type } of entries) {
    const text = Buffer.from(name);
    const paddedBytes = Math.ceil((24 + text.length) / 8) * 8;
    usedBytes += paddedBytes;
    if (usedBytes > limitBytes) break;
    packed.push(new StructWriter(paddedBytes).u64(UNKNOWN_INODE).u64(next).u32(text.length).u32(type).raw(text).bytes);
  }
  return Buffer.concat(packed);
}

/** `fuse_out_header`: 16 bytes before every reply. */
export function packHeader(unique: number, errno: number, bodyBytes: number): Buffer {
  return new StructWriter(16)
    .u32(16 + bodyBytes)
    .u32(-errno)
    .u64(unique).bytes;
}
