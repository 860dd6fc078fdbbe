import { execFileSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Region } from "../../../src/trials/integrity/model.ts";
import { readHead } from "../../../src/trials/integrity/blocks/format.ts";
import { requires } from "../../requires.ts";
import { StorageParty, temporaryDirectory, workloadOf } from "./storage-party.ts";

const REGION: Region = { id: 1, kind: "in-place", slots: 64, slotBytes: 4096 };
const BLOCK_BYTES = 4096;

requires("root")("a second look", () => {
  test("tells what is wrong on the medium from what the page cache still has right", async () => {
    using place = temporaryDirectory();
    using disk = mountedImage(place.directory);
    await using party = new StorageParty({ directory: disk.directory, workload: workloadOf([REGION]), direct: true });
    await party.prepare();
    await party.session(64);
    expect(await party.verify("buffered")).toMatchObject({ damageCount: 0 });
    const block = disk.flipBit();

    const past = await party.verify("direct");
    const again = { otherPath: "buffered", other: "right", same: "bit-flip" };
    expect(past.damages).toMatchObject([{ kind: "bit-flip", region: 1, block, blocks: 1, again }]);
    expect(await party.verify("buffered")).toMatchObject({ damageCount: 0 });
    await party[Symbol.asyncDispose]();
  });
});

/** A disk image with ext4 on it, mounted until it is disposed of. */
function mountedImage(parent: string) {
  const image = path.join(parent, "image");
  const directory = path.join(parent, "mounted");
  fs.writeFileSync(image, "");
  fs.truncateSync(image, 32 * 2 ** 20);
  fs.mkdirSync(directory);
  execFileSync("mkfs.ext4", ["-q", "-b", String(BLOCK_BYTES), image]);
  execFileSync("mount", ["-o", "loop", image, directory]);
  return {
    directory,
    /** One bit of the first block of ours on the medium; its number in its region. */
    flipBit: (): number => {
      const bytes = fs.readFileSync(image);
      const found = Array.from({ length: bytes.length / BLOCK_BYTES }, (_, i) => i * BLOCK_BYTES).find(
        (at) => readHead(bytes, at)?.region === REGION.id,
      );
      const at = found ?? 0;
      const descriptor = fs.openSync(image, "r+");
      fs.writeSync(descriptor, Buffer.from([(bytes[at + 2000] ?? 0) ^ 4]), 0, 1, at + 2000);
      fs.closeSync(descriptor);
      return readHead(bytes, at)?.block ?? -1;
    },
    [Symbol.dispose]: () => void execFileSync("umount", [directory]),
  };
}
