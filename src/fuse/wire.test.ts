import { constants } from "node:os";
import { describe, expect, test } from "vitest";
import { errnoOf, Refusal } from "./errors.ts";
import { INIT_FLAG, negotiate } from "./handshake.ts";
import { mountsBelow } from "./mount.ts";
import * as reply from "./replies.ts";
import * as request from "./requests.ts";
import { StructReader, StructWriter } from "./struct.ts";

/** A struct as C lays it out: [bytes a member takes, value]. */
function struct(...members: [number, number | bigint][]): Buffer {
  return Buffer.concat(
    members.map(([sizeBytes, value]) => {
      const member = Buffer.alloc(sizeBytes);
      if (sizeBytes === 8) member.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
      else member.writeUIntLE(Number(value), 0, sizeBytes);
      return member;
    }),
  );
}

const reader = (...parts: (Buffer | string)[]) =>
  new StructReader(Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part))));

describe("requests", () => {
  test("the header", () => {
    const header = struct([4, 40], [4, 3], [8, 2n ** 40n + 6n], [8, 9], [4, 1000], [4, 1001], [4, 77], [4, 0]);
    expect(request.parseHeader(reader(header))).toEqual({
      opcode: 3,
      unique: 2 ** 40 + 6,
      node: 9,
      uid: 1000,
      gid: 1001,
      pid: 77,
    });
  });

  test("setattr gives what the mask names and nothing else", () => {
    const times: [number, number][] = [
      [8, 100],
      [8, 200],
      [8, 300],
      [4, 1],
      [4, 2],
      [4, 3],
    ];
    const body = (valid: number) =>
      reader(
        struct([4, valid], [4, 0], [8, 5], [8, 6], [8, 7], ...times, [4, 0o644], [4, 0], [4, 11], [4, 12], [4, 0]),
      );
    expect(request.parseSetAttributes(body(0x7f))).toEqual({
      handle: 5,
      sizeBytes: 6,
      atime: 100_000_000_001n,
      mtime: 200_000_000_002n,
      mode: 0o644,
      uid: 11,
      gid: 12,
    });
    expect(request.parseSetAttributes(body(0x120))).toEqual({ mtime: "now" });
  });

  test("a time before 1970 keeps its nanoseconds", () => {
    const body = struct([4, 0x20], [4, 0], [8, 0], [8, 0], [8, 0], [8, 0], [8, -1], [8, 0], [4, 0], [4, 999], [4, 0]);
    expect(request.parseSetAttributes(reader(body, Buffer.alloc(24))).mtime).toBe(-999_999_001n);
  });

  test("a write carries its data behind 40 bytes", () => {
    const body = struct([8, 5], [8, 2n ** 33n], [4, 3], [4, 0], [8, 0], [4, 0], [4, 0]);
    expect(request.parseWrite(reader(body, "abcdef"))).toEqual({
      handle: 5,
      offset: 2 ** 33,
      data: Buffer.from("abc"),
    });
  });

  test("names that follow one another", () => {
    expect(request.parseRename(reader(struct([8, 4]), "from\0to\0"))).toEqual({
      newParent: 4,
      flags: 0,
      name: "from",
      newName: "to",
    });
    expect(request.parseRenameWithFlags(reader(struct([8, 4], [4, 2], [4, 0]), "ä\0ö\0"))).toMatchObject({
      flags: 2,
      name: "ä",
      newName: "ö",
    });
    expect(request.parseSymlink(reader("link\0../target\0"))).toEqual({ name: "link", target: "../target" });
    expect(request.parseSetXattr(reader(struct([4, 2], [4, 1]), "user.a\0xyz"))).toEqual({
      name: "user.a",
      flags: 1,
      value: Buffer.from("xy"),
    });
  });

  test("create, mknod and mkdir name the file behind their numbers", () => {
    expect(request.parseCreate(reader(struct([4, 0x41], [4, 0o600], [4, 0], [4, 0]), "a\0"))).toEqual({
      flags: 0x41,
      mode: 0o600,
      name: "a",
    });
    expect(request.parseMakeNode(reader(struct([4, 0o10644], [4, 7], [4, 0], [4, 0]), "p\0"))).toEqual({
      mode: 0o10644,
      device: 7,
      name: "p",
    });
    expect(request.parseMakeDirectory(reader(struct([4, 0o755], [4, 0]), "d\0"))).toEqual({ mode: 0o755, name: "d" });
  });

  test("locks, flushes and forgets", () => {
    const lock = struct([8, 1], [8, 2n ** 63n + 1n], [8, 0], [8, 2n ** 63n - 1n], [4, 1], [4, 9], [4, 1], [4, 0]);
    expect(request.parseLock(reader(lock))).toEqual({
      handle: 1,
      owner: 2n ** 63n + 1n,
      start: 0n,
      end: 2n ** 63n - 1n,
      type: 1,
      pid: 9,
      isFlock: true,
    });
    expect(request.parseFlush(reader(struct([8, 3], [8, 0], [8, 4])))).toEqual({ handle: 3, owner: 4n });
    expect(request.parseBatchForget(reader(struct([4, 2], [4, 0], [8, 5], [8, 1], [8, 6], [8, 2])))).toEqual({
      forgotten: [
        { node: 5, lookups: 1 },
        { node: 6, lookups: 2 },
      ],
    });
  });
});

const ATTRIBUTES: reply.Attributes = {
  ino: 2n ** 60n,
  sizeBytes: 3 * 2 ** 31,
  blocks: 8,
  atimeNs: 1_000_000_001n,
  mtimeNs: 2_000_000_002n,
  ctimeNs: -1n,
  mode: 0o100644,
  linkCount: 1,
  uid: 10,
  gid: 20,
  device: 0,
  blockSizeBytes: 4096,
};
const PACKED_ATTRIBUTES = struct(
  ...[2n ** 60n, 3n * 2n ** 31n, 8n, 1n, 2n, -1n].map((value): [number, bigint] => [8, value]),
  ...[1, 2, 999_999_999, 0o100644, 1, 10, 20, 0, 4096, 0].map((value): [number, number] => [4, value]),
);

describe("replies", () => {
  test("attributes are 88 bytes behind their lifetime", () => {
    expect(PACKED_ATTRIBUTES).toHaveLength(88);
    const packed = reply.packAttributes({ ttlMs: 1500.25, attributes: ATTRIBUTES });
    expect(packed).toEqual(Buffer.concat([struct([8, 1], [4, 500_250_000], [4, 0]), PACKED_ATTRIBUTES]));
  });

  test("an entry has both lifetimes", () => {
    const packed = reply.packEntry({ node: 7, nameTtlMs: 300, attributesTtlMs: 2000, attributes: ATTRIBUTES });
    const head = struct([8, 7], [8, 1], [8, 0], [8, 2], [4, 300_000_000], [4, 0]);
    expect(packed).toEqual(Buffer.concat([head, PACKED_ATTRIBUTES]));
  });

  test("a missing name is node 0 with a lifetime", () => {
    const packed = reply.packEntry({ node: 0, nameTtlMs: 1000, attributesTtlMs: 0 });
    expect(packed).toHaveLength(128);
    expect([packed.readBigUInt64LE(0), packed.readBigUInt64LE(16)]).toEqual([0n, 1n]);
  });

  test("directory entries are padded to 8 bytes and never cut", () => {
    const names = ["a", "12345678", "123456789"].map((name, i) => ({ name, next: i + 1, type: 8 }));
    const first = Buffer.concat([struct([8, 0xffffffff], [8, 1], [4, 1], [4, 8]), Buffer.from("a\0\0\0\0\0\0\0")]);
    expect(reply.packDirectory(names, 32)).toEqual(first);
    expect(reply.packDirectory(names, 63)).toHaveLength(32);
    expect(reply.packDirectory(names, 64)).toHaveLength(64);
    expect(reply.packDirectory(names, 4096)).toHaveLength(104);
  });

  test("the header carries the error as a negative number", () => {
    const header = reply.packHeader(2 ** 40, constants.errno.ENOENT, 0);
    expect([header.readUInt32LE(0), header.readInt32LE(4), header.readBigUInt64LE(8)]).toEqual([16, -2, 2n ** 40n]);
  });

  test("opened, lock, xattr size, figures", () => {
    expect(reply.packOpened({ handle: 3, flags: 2 })).toEqual(struct([8, 3], [4, 2], [4, 0]));
    expect(reply.packLock({ start: 1n, end: 2n, type: 2, pid: 3 })).toEqual(struct([8, 1], [8, 2], [4, 2], [4, 3]));
    expect(reply.packXattr(12)).toEqual(struct([4, 12], [4, 0]));
    const figures = { blocks: 1n, freeBlocks: 2n, availableBlocks: 3n, files: 4n, freeFiles: 5n };
    const packed = reply.packFigures({ ...figures, blockSizeBytes: 4096, maxNameBytes: 255 });
    expect(packed.subarray(0, 52)).toEqual(
      struct([8, 1], [8, 2], [8, 3], [8, 4], [8, 5], [4, 4096], [4, 255], [4, 4096]),
    );
    expect(packed).toHaveLength(80);
  });
});

describe("the handshake", () => {
  const init = { major: 7, minor: 45, maxReadaheadBytes: 2 ** 20, flags: INIT_FLAG.asyncRead | INIT_FLAG.flockLocks };

  test("speaks 7.31 and takes only flags that both sides have", () => {
    const answer = negotiate(init, INIT_FLAG.asyncRead | INIT_FLAG.posixLocks);
    expect(answer.subarray(0, 16)).toEqual(struct([4, 7], [4, 31], [4, 131_072], [4, 1]));
    expect([answer.readUInt32LE(20), answer.readUInt16LE(28)]).toEqual([131_072, 32]);
  });

  test("agrees on larger writes, in bytes and pages", () => {
    const answer = negotiate(init, INIT_FLAG.maxPages, 262_144);
    expect([answer.readUInt32LE(20), answer.readUInt16LE(28)]).toEqual([262_144, 64]);
  });

  test("refuses another major version", () => {
    expect(() => negotiate({ ...init, major: 8 }, 0)).toThrow("EPROTO");
  });
});

test("numbers beyond 32 bits survive both ways", () => {
  const { bytes } = new StructWriter(24)
    .u64(2 ** 52 + 1)
    .u64(-2n)
    .u32(-1);
  expect([new StructReader(bytes).u64(), bytes.readBigInt64LE(8), bytes.readInt32LE(16)]).toEqual([
    2 ** 52 + 1,
    -2n,
    -1,
  ]);
});

test("error numbers come from refusals and from system errors", () => {
  expect(errnoOf(new Refusal("EAGAIN"))).toBe(constants.errno.EAGAIN);
  expect(errnoOf(Object.assign(new Error("x"), { errno: -2 }))).toBe(2);
  expect(errnoOf(new TypeError("a defect"))).toBeUndefined();
});

test("mounts are unmounted deepest first, the later of two on one place before the earlier", () => {
  const line = (point: string) => `36 35 0:31 / ${point} rw - fuse.x x rw`;
  const mountinfo = ["/", "/a", "/ab", "/a/b\\040c/d", "/a/e", "/a/e"].map(line).join("\n");
  expect(mountsBelow("/a", mountinfo)).toEqual(["/a/b c/d", "/a/e", "/a/e", "/a"]);
});
