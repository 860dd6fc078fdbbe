import { Refusal } from "./errors.ts";
import type { parseInit } from "./requests.ts";
import { StructWriter } from "./struct.ts";

/** Bits of `fuse_init_out.flags`: what the server asks the kernel to do differently. */
export const INIT_FLAG = {
  asyncRead: 1 << 0,
  /** fcntl(2) locks come to the server; without it the kernel keeps them per mount. */
  posixLocks: 1 << 1,
  bigWrites: 1 << 5,
  /** flock(2) locks come to the server. */
  flockLocks: 1 << 10,
  /** Cached data is dropped when size or mtime is seen to have changed. */
  autoInvalidateData: 1 << 12,
  /** Direct transfers of one file need not wait for one another. */
  asyncDirectIo: 1 << 15,
  /** Lookups in one directory do not wait for one another. */
  parallelDirectories: 1 << 18,
  /** Requests may be larger than 32 pages. */
  maxPages: 1 << 22,
} as const;

/** Bits of `fuse_open_out.open_flags`. */
export const OPEN_REPLY = {
  /** Reads and writes go to the server, past the page cache; shared mappings are refused. */
  directIo: 1 << 0,
  /** Data cached from an earlier open stays. */
  keepCache: 1 << 1,
} as const;

const MAJOR = 7;
const MINOR = 31;

/** The largest write in one request unless more is asked for: 32 pages, what a kernel takes without `maxPages`. */
export const MAX_WRITE_BYTES = 131_072;

const PAGE_BYTES = 4096;

/** Answers FUSE_INIT (`fuse_init_out`, 64 bytes) with those of the wanted flags that the kernel offers. */
export function negotiate(
  init: ReturnType<typeof parseInit>,
  wantedFlags: number,
  maxWriteBytes = MAX_WRITE_BYTES,
): Buffer {
  if (init.major !== MAJOR) throw new Refusal("EPROTO");
  const out = new StructWriter(64);
  out.u32(MAJOR).u32(Math.min(MINOR, init.minor)).u32(Math.min(init.maxReadaheadBytes, maxWriteBytes));
  out.u32(init.flags & wantedFlags);
  const [maxBackground, congestionThreshold, timeGranularityNs] = [64, 48, 1];
  out.u16(maxBackground).u16(congestionThreshold).u32(maxWriteBytes).u32(timeGranularityNs);
  return out.u16(maxWriteBytes / PAGE_BYTES).bytes;
}
