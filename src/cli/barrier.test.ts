import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/fixtures/folders.ts";
import { createSystemClock } from "../core/clock.ts";
import { type BarrierRequest, type FarSide, passBarrier } from "./barrier.ts";

/** Another path to look from: the same directory is a mount without delay, another one a mount that shows nothing. */
function farSide(directory: string): FarSide {
  return {
    path: directory,
    list: async (place) => (fs.existsSync(place) ? fs.readdirSync(place) : undefined),
    readFile: async (place) => (fs.existsSync(place) ? fs.readFileSync(place, "utf8") : undefined),
  };
}

function tree(...directories: string[]): string {
  const root = temporaryFolder();
  for (const directory of directories) fs.mkdirSync(path.join(root, directory), { recursive: true });
  return root;
}

function pass(near: string, more: Partial<BarrierRequest> = {}) {
  return passBarrier({
    near,
    far: farSide(near),
    timeoutMs: 200,
    depth: 100,
    maxDirectories: 100,
    clock: createSystemClock(),
    signal: new AbortController().signal,
    ...more,
  });
}

function nonces(root: string): string[] {
  return fs.readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.includes(".seatrial"));
}

describe("a barrier", () => {
  it("is passed when every directory is up to date, and leaves nothing behind", async () => {
    const root = tree("a/b", "c");
    expect(await pass(root)).toMatchObject({ visible: 4, pending: [], cut: false });
    expect(nonces(root)).toEqual([]);
  });

  it("names the directories that were not, and leaves nothing behind", async () => {
    const [near, far] = [tree("a/b", "c"), tree("a/b", "c")];
    fs.rmSync(path.join(far, "c"), { recursive: true });
    fs.symlinkSync(path.join(near, "c"), path.join(far, "c"));
    const result = await pass(near, { far: farSide(far), timeoutMs: 50 });
    expect(result).toMatchObject({ visible: 1, pending: [".", "a", "a/b"] });
    expect(nonces(near)).toEqual([]);
  });

  it("does not believe a listing without the content", async () => {
    const root = tree("a");
    const result = await pass(root, { far: { ...farSide(root), readFile: async () => "stale" }, timeoutMs: 30 });
    expect(result).toMatchObject({ visible: 0, pending: [".", "a"] });
  });

  it("waits for what comes late", async () => {
    const root = tree();
    let looks = 0;
    const late: FarSide = { ...farSide(root), list: async (place) => (++looks < 5 ? [] : fs.readdirSync(place)) };
    expect(await pass(root, { far: late })).toMatchObject({ visible: 1, pending: [] });
    expect(looks).toBe(5);
  });

  it("goes as deep and as wide as it is told", async () => {
    const root = tree("a/b/c", "d");
    expect(await pass(root, { depth: 0 })).toMatchObject({ visible: 1, cut: false });
    expect(await pass(root, { depth: 1 })).toMatchObject({ visible: 3, cut: false });
    expect(await pass(root, { maxDirectories: 2 })).toMatchObject({ visible: 2, cut: true });
  });

  it("does not follow links out of the path", async () => {
    const root = tree("a");
    fs.symlinkSync("/", path.join(root, "everything"));
    expect(await pass(root)).toMatchObject({ visible: 2 });
  });

  it("cleans up when it is interrupted", async () => {
    const root = tree("a");
    const controller = new AbortController();
    const far: FarSide = {
      ...farSide(root),
      list: async () => {
        controller.abort(new Error("enough"));
        return [];
      },
    };
    await expect(pass(root, { far, signal: controller.signal })).rejects.toThrow("enough");
    expect(nonces(root)).toEqual([]);
  });

  it("says which directory it could not use", async () => {
    await expect(pass("/nowhere")).rejects.toMatchObject({
      code: "BARRIER_PATH",
      message: expect.stringContaining("ENOENT"),
    });
  });
});
