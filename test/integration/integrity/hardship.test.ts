import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, rmSync, truncateSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { Region } from "../../../src/trials/integrity/model.ts";
import { requires } from "../../requires.ts";
import { EVERY_KIND, StorageParty, temporaryDirectory, workloadOf } from "./storage-party.ts";

const SMALL: Region[] = [{ id: 1, kind: "in-place", slots: 64, slotBytes: 4096 }];

describe("files that change under a writer", () => {
  test("a file that is removed is missing, and no writer makes it again", async () => {
    using place = temporaryDirectory();
    await using party = new StorageParty({ ...place, workload: workloadOf(SMALL), direct: false });
    await party.prepare();
    await party.session(80);
    const file = path.join(place.directory, "region-1.data");
    rmSync(file);
    // The descriptors of this session still lead to it.
    const [result] = await party.session(16);
    expect(result?.failures[0]).toMatchObject({ call: "open", systemCode: "ENOENT" });
    const { damages } = await party.verify("buffered");
    expect(damages).toMatchObject([{ kind: "missing", region: 1, block: 0, blocks: 64 }]);
    expect(existsSync(file)).toBe(false);
  });

  test("a file that shrinks under an open descriptor has lost what is not written again", async () => {
    using place = temporaryDirectory();
    const workload = workloadOf(SMALL, { workers: 1, order: "sequential" });
    await using party = new StorageParty({ ...place, workload, direct: false });
    await party.prepare();
    await party.session(64);
    truncateSync(path.join(place.directory, "region-1.data"), 32 * 4096);
    expect((await party.verify("buffered")).damages).toMatchObject([{ kind: "truncated", block: 32, blocks: 32 }]);

    // Slots 0 to 55 are written once more: the last ones lie behind the end, and 56 to 63 stay away.
    expect(await party.write(0, 64, 120)).toMatchObject({ reached: 120, synced: 120, failureCount: 0 });
    const { damages, counts } = await party.verify("buffered");
    expect(damages).toMatchObject([{ kind: "truncated", block: 56, blocks: 8, sizeBytes: 56 * 4096 }]);
    expect(counts).toEqual({ truncated: 8 });
  });

  test("what is there is never made anew", async () => {
    using place = temporaryDirectory();
    await using party = new StorageParty({ ...place, workload: workloadOf(EVERY_KIND), direct: false });
    await party.prepare();
    await expect(party.prepare()).rejects.toMatchObject({ systemCode: "EEXIST" });
  });
});

requires("root")("a storage that has no room, or takes no writes", () => {
  /** A memory file system of one's own, until it is disposed of. */
  function smallStorage(sizeKib: number) {
    const place = temporaryDirectory();
    const directory = path.join(place.directory, "small");
    mkdirSync(directory);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeKib}k`, "seatrial-test", directory]);
    return {
      directory,
      remount: (option: string) => execFileSync("mount", ["-o", `remount,${option}`, directory]),
      [Symbol.dispose]: () => {
        execFileSync("umount", [directory]);
        place[Symbol.dispose]();
      },
    };
  }

  test.each([
    ["one by one", 1],
    ["with eight in flight", 8],
  ])("a full disk fails writes %s and breaks no promise; with room again all goes on", async (_, queueDepth) => {
    using storage = smallStorage(160);
    const workload = workloadOf(EVERY_KIND, { queueDepth });
    await using party = new StorageParty({ directory: storage.directory, workload, direct: false });
    await party.prepare();
    const full = await party.session(80);
    const failures = full.flatMap((result) => result.failures);
    expect(new Set(failures.map(({ systemCode }) => systemCode))).toEqual(new Set(["ENOSPC"]));
    expect(full.every(({ failureCount, doomed }) => failureCount === 0 || doomed.length > 0)).toBe(true);
    expect((await party.verify("buffered", true)).damages).toEqual([]);
    const left = readdirSync(path.join(storage.directory, "region-4")).filter((name) => name.endsWith(".new"));
    expect(left).toEqual([]);

    storage.remount("size=4m");
    const roomy = await party.session(160);
    expect(roomy.map(({ failureCount }) => failureCount)).toEqual([0, 0]);
    expect(await party.verify("buffered")).toMatchObject({ damages: [], damageCount: 0 });
    await party[Symbol.asyncDispose]();
  });

  test("a read-only file system fails the opening, and what was promised is still there", async () => {
    using storage = smallStorage(4096);
    const { directory } = storage;
    await using party = new StorageParty({ directory, workload: workloadOf(EVERY_KIND), direct: false });
    await party.prepare();
    await party.session(80);
    await party[Symbol.asyncDispose]();
    storage.remount("ro");
    const results = await party.session(80);
    expect(results.map(({ reached }) => reached)).toEqual([100, 100]);
    expect(results[0]?.failures[0]).toMatchObject({ call: "open", systemCode: "EROFS" });
    expect((await party.verify("buffered", true)).damages).toEqual([]);
    await expect(
      (await party.agent()).call("integrity.prepare", { directory, workload: party.options.workload }),
    ).rejects.toMatchObject({ systemCode: "EROFS" });
    await party[Symbol.asyncDispose]();
  });
});
