import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ShareDials } from "../../../src/trials/visibility/subjects/share/dials.ts";
import { requires } from "../../requires.ts";
import { msBetween, Party } from "./party.ts";
import { LATE_MS, lastSight, leave, makePlace, type Place, replace, values } from "./place.ts";

let place: Place;
let actor: Party;

requires("fuse", "root")("what the share can be made to do wrong", () => {
  beforeAll(async () => {
    actor = new Party();
    place = await makePlace({});
  });
  afterAll(async () => {
    actor.leave();
    await leave(place);
  });

  test("a torn read is half new and half old, and heals", async () => {
    await place.share.setDials({ tornReadsMs: 100 });
    const file = place.fresh();
    fs.writeFileSync(file.source, "AAAAAAAA");
    expect(await place.reader.look("held", file.mounted)).toBe("AAAAAAAA");
    fs.writeFileSync(file.source, "BBBBBBBB");
    const startedNs = process.hrtime.bigint();
    const seen = await place.reader.observe("held", file.mounted, "BBBBBBBB");
    expect(values(seen)).toEqual(["BBBBAAAA", "BBBBBBBB"]);
    expect(msBetween(startedNs, lastSight(seen).seenNs)).toBeGreaterThan(80);
    expect(msBetween(startedNs, lastSight(seen).seenNs)).toBeLessThan(100 + LATE_MS);
  });

  test("every third read is torn", async () => {
    await place.share.setDials({ tornReadsEvery: 3 });
    const file = place.fresh();
    fs.writeFileSync(file.source, "AAAA");
    await place.reader.look("held", file.mounted);
    fs.writeFileSync(file.source, "BBBB");
    const seen: unknown[] = [];
    for (let look = 0; look < 6; look++) seen.push(await place.reader.look("held", file.mounted));
    expect(seen).toEqual(["BBBB", "BBBB", "BBAA", "BBBB", "BBBB", "BBAA"]);
  });

  test("a stale size cuts new content at the old length", async () => {
    await place.share.setDials({ staleSizeMs: 100 });
    const file = place.fresh();
    fs.writeFileSync(file.source, "1234");
    await place.reader.look("text", file.mounted);
    const startedNs = process.hrtime.bigint();
    fs.writeFileSync(file.source, "abcdefgh");
    const seen = await place.reader.observe("text", file.mounted, "abcdefgh");
    expect(values(seen).filter((value) => value !== "")).toEqual(["abcd", "abcdefgh"]);
    expect(msBetween(startedNs, lastSight(seen).seenNs)).toBeGreaterThan(80);
    expect(msBetween(startedNs, lastSight(seen).seenNs)).toBeLessThan(100 + LATE_MS);
  });

  test("a phantom is found by name and in no listing", async () => {
    await place.share.setDials({ phantomMs: 150 });
    const file = place.fresh();
    fs.writeFileSync(file.source, "x");
    await place.reader.look("size", file.mounted);
    const startedNs = process.hrtime.bigint();
    fs.unlinkSync(file.source);
    expect(await place.reader.look("size", file.mounted)).toBe(1);
    expect(await place.reader.look("list", place.mountpoint)).not.toContain(file.name);
    const seen = await place.reader.observe("exists", file.mounted, false);
    expect(msBetween(startedNs, lastSight(seen).seenNs)).toBeGreaterThan(130);
    expect(msBetween(startedNs, lastSight(seen).seenNs)).toBeLessThan(150 + LATE_MS);
  });

  test("a phantom listing names what cannot be found", async () => {
    await place.share.setDials({ phantomListingMs: 150 });
    const file = place.fresh();
    fs.writeFileSync(file.source, "x");
    await place.reader.look("list", place.mountpoint);
    fs.unlinkSync(file.source);
    expect(await place.reader.look("list", place.mountpoint)).toContain(file.name);
    expect(await place.reader.look("exists", file.mounted)).toBe(false);
    const seen = await place.reader.observeFor("list", place.mountpoint, 600);
    expect(String(values(seen).at(-1))).not.toContain(file.name);
  });

  test("a reverting share shows new, then old again", async () => {
    await place.share.setDials({ revertEvery: 3 });
    const file = place.fresh();
    fs.writeFileSync(file.source, "AAAA");
    await place.reader.look("text", file.mounted);
    fs.writeFileSync(file.source, "BBBB");
    const seen = values(await place.reader.observeFor("text", file.mounted, 300));
    expect(seen.slice(0, 3)).toEqual(["BBBB", "AAAA", "BBBB"]);
    fs.unlinkSync(file.source);
    const gone = values(await place.reader.observeFor("exists", file.mounted, 300));
    expect(gone.slice(0, 3)).toEqual([false, true, false]);
  });

  test("a replaced file is missing for a while", async () => {
    await place.share.setDials({ replaceGapMs: 100 });
    const file = place.fresh();
    fs.writeFileSync(file.source, "old");
    await place.reader.look("text", file.mounted);
    const startedNs = process.hrtime.bigint();
    replace(file.source, "new");
    const seen = await place.reader.observe("text", file.mounted, "new");
    expect(values(seen)).toEqual(["ENOENT", "new"]);
    expect(msBetween(startedNs, lastSight(seen).seenNs)).toBeGreaterThan(80);
    expect(msBetween(startedNs, lastSight(seen).seenNs)).toBeLessThan(100 + LATE_MS);
  });

  test("a file is cut at the limit of size", async () => {
    const limit = 2 ** 31;
    await place.share.setDials({});
    const file = place.fresh();
    const descriptor = fs.openSync(file.source, "w+");
    fs.writeSync(descriptor, "far end", limit + 10);
    fs.closeSync(descriptor);
    expect(await place.reader.look("size", file.mounted)).toBe(limit + 17);
    const tail = spawnSync("tail", ["-c", "7", file.mounted], { encoding: "utf8" });
    expect(tail.stdout).toBe("far end");
    await place.share.setDials({ sizeLimitBytes: limit });
    expect(await place.reader.look("size", file.mounted)).toBe(limit);
  });

  test.each<[echo: ShareDials["echoEvents"], told: number]>([
    ["off", 0],
    ["all", 6],
    [{ lose: 3 }, 4],
    ["twice", 12],
  ])("events of the source with echoEvents %j: %i for 6 changes", async (echoEvents, told) => {
    await place.share.setDials({ echoEvents });
    const files = Array.from({ length: 6 }, () => place.fresh());
    const { events } = await place.reader.watch(place.mountpoint, 1000);
    for (const { source } of files) {
      fs.mkdirSync(source);
      await actor.observeFor("exists", source, 30);
    }
    const names = (await events).map(({ name }) => name).filter((name) => files.some((file) => file.name === name));
    expect(names).toHaveLength(told);
  });

  test("late events are late by what was asked", async () => {
    await place.share.setDials({ echoEvents: { lateMs: 120 } });
    const file = place.fresh();
    const { events } = await place.reader.watch(place.mountpoint, 1000);
    const startedNs = process.hrtime.bigint();
    fs.writeFileSync(file.source, "x");
    const event = (await events).find(({ name }) => name === file.name);
    const lateMs = msBetween(startedNs, event?.atNs ?? 0n);
    expect(lateMs).toBeGreaterThan(120);
    expect(lateMs).toBeLessThan(120 + LATE_MS);
    expect((fs.statSync(file.source).mode & 0o7777).toString(8)).toBe("644");
  });

  test("exclusive creation has one winner, or two when broken", async () => {
    for (const [exclusive, code] of [
      ["right", "EEXIST"],
      ["broken", undefined],
    ] as const) {
      await place.share.setDials({ exclusive });
      const file = place.fresh();
      fs.closeSync(fs.openSync(file.source, "wx"));
      expect((await place.reader.act("openSync", file.mounted, "wx")).code).toBe(code);
      expect((await actor.act("openSync", file.mounted, "wx")).code).toBe(code);
      expect(await place.reader.look("exists", file.mounted)).toBe(true);
    }
  });

  test.each<[ShareDials["locks"], ownMount: boolean, source: boolean]>([
    ["source", true, true],
    ["mount", true, false],
    ["none", false, false],
  ])("locks %s: excludes on the mount %s, from the source %s", async (locks, onMount, fromSource) => {
    const locked = await makePlace({ locks });
    try {
      const file = locked.fresh();
      fs.writeFileSync(file.source, "");
      const holder = spawn("flock", ["-x", file.mounted, "sh", "-c", "echo held; cat"], {
        stdio: ["pipe", "pipe", "ignore"],
      });
      await new Promise((resolve) => holder.stdout.once("data", resolve));
      const isRefused = (target: string) => spawnSync("flock", ["-n", "-x", target, "true"]).status === 1;
      expect([isRefused(file.mounted), isRefused(file.source)]).toEqual([onMount, fromSource]);
      const ended = new Promise((resolve) => holder.once("close", resolve));
      holder.stdin.end();
      await ended;
      expect([isRefused(file.mounted), isRefused(file.source)]).toEqual([false, false]);
    } finally {
      await leave(locked);
    }
  });

  test("locks cannot be turned while the share serves", async () => {
    await expect(place.share.setDials({ locks: "none" })).rejects.toMatchObject({ code: "SUBJECT_BAD_DIALS" });
  });

  test("times are exact to the nanosecond both ways", async () => {
    await place.share.setDials({});
    const file = place.fresh();
    fs.writeFileSync(file.source, "");
    spawnSync("touch", ["-d", "2001-02-03 04:05:06.123456789 UTC", file.mounted]);
    const both = [await place.reader.look("mtimeNs", file.mounted), await actor.look("mtimeNs", file.source)];
    expect(both).toEqual(["981173106123456789", "981173106123456789"]);
  });

  test("many names are listed once each", async () => {
    const file = place.fresh();
    fs.mkdirSync(file.source);
    const names = Array.from({ length: 3000 }, (_, i) => `name-${i}`);
    for (const name of names) fs.writeFileSync(path.join(file.source, name), "");
    expect(await place.reader.look("list", file.mounted)).toBe(names.toSorted().join(" "));
  });
});
