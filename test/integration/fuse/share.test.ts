import { spawn, spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ShareDials } from "../../../src/trials/visibility/subjects/share/dials.ts";
import { type Share, startShare } from "../../../src/trials/visibility/subjects/share/start.ts";
import { requires } from "../../requires.ts";
import { type LookKind, medianOf, msBetween, Party, type Sight } from "./party.ts";

const ROUNDS = 3;
const DELAY_ROUNDS = 5;

interface Place {
  share: Share;
  /** The same new name on both sides. */
  fresh(): { source: string; mounted: string; name: string };
  source: string;
  mountpoint: string;
  /** Looks through the mount. */
  reader: Party;
}

let place: Place;
let actor: Party;
let directory: string;

async function makePlace(dials: Partial<ShareDials>): Promise<Place> {
  const [source, mountpoint] = ["source", "mount"].map((name) => fs.mkdtempSync(path.join(directory, `${name}-`)));
  if (!source || !mountpoint) throw new Error("no directories");
  const share = await startShare({ source, mountpoint, dials });
  let serial = 0;
  const fresh = () => {
    const name = `f${serial++}`;
    return { name, source: path.join(source, name), mounted: path.join(mountpoint, name) };
  };
  return { share, fresh, source, mountpoint, reader: new Party() };
}

async function leave({ share, reader }: Place): Promise<void> {
  reader.leave();
  await share.stop();
}

const isMounted = (mountpoint: string) => fs.readFileSync("/proc/self/mountinfo", "utf8").includes(` ${mountpoint} `);
const lastSight = (sights: Sight[]) => sights.at(-1) ?? { value: "nothing seen", atNs: 0n, seenNs: 0n };
const values = (sights: Sight[]) => sights.map(({ value }) => value);

/** A change of the source after the reader had looked, and the milliseconds until the reader saw it. */
interface Probe {
  kind: LookKind;
  content?: string;
  change: (file: string) => void;
  until: unknown;
  /** Look at the directory instead of the name. */
  listing?: boolean;
  /** The reader does not look beforehand. */
  cold?: boolean;
}

async function staleFor({ kind, content, change, until, listing, cold }: Probe): Promise<number> {
  const file = place.fresh();
  if (content !== undefined) fs.writeFileSync(file.source, content, { mode: 0o644 });
  const target = listing ? place.mountpoint : file.mounted;
  // Both: a look at a stale listing must be for this name alone, and a look at the file arms what is kept of it.
  if (!cold) await place.reader.look(kind === "list" ? "size" : kind, file.mounted);
  const startedNs = process.hrtime.bigint();
  change(file.source);
  const seen = await place.reader.observe(kind, target, until);
  expect(values(seen)).toContain(until);
  return msBetween(startedNs, lastSight(seen).seenNs);
}

async function medianStaleness(probe: Probe): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) times.push(await staleFor(probe));
  return medianOf(times);
}

function replace(file: string, content: string): void {
  fs.writeFileSync(`${file}.new`, content);
  fs.renameSync(`${file}.new`, file);
}

const PROBES = {
  create: { kind: "exists", change: (file) => fs.writeFileSync(file, "x"), until: true },
  "append, never looked": {
    kind: "size",
    content: "1234",
    change: (file) => fs.appendFileSync(file, "56"),
    until: 6,
    cold: true,
  },
  "append by stat": { kind: "size", content: "1234", change: (file) => fs.appendFileSync(file, "56"), until: 6 },
  "append by read": { kind: "text", content: "1234", change: (file) => fs.appendFileSync(file, "56"), until: "123456" },
  "overwrite by read": {
    kind: "text",
    content: "AAAA",
    change: (file) => fs.writeFileSync(file, "BBBB"),
    until: "BBBB",
  },
  "overwrite, held": { kind: "held", content: "AAAA", change: (file) => fs.writeFileSync(file, "BBBB"), until: "BBBB" },
  "unlink by stat": { kind: "exists", content: "x", change: (file) => fs.unlinkSync(file), until: false },
  "replace by read": { kind: "text", content: "AAAA", change: (file) => replace(file, "BBBB"), until: "BBBB" },
  chmod: { kind: "mode", content: "x", change: (file) => fs.chmodSync(file, 0o600), until: "600" },
} satisfies Record<string, Probe>;
type ProbeName = keyof typeof PROBES;

const TTL_MS = 300;
const LONG_TTL_MS = 600;
/** How long each change is stale; 0 for those that are not named. */
const TTLS: [title: string, dials: Partial<ShareDials>, staleMs: Partial<Record<ProbeName, number>>][] = [
  ["everything off", {}, {}],
  ["never cached", { cache: "never" }, {}],
  [
    "names kept for longer than attributes, data by auto",
    { entryTtlMs: LONG_TTL_MS, attrTtlMs: TTL_MS },
    {
      "append by stat": TTL_MS,
      "append by read": TTL_MS,
      "overwrite, held": TTL_MS,
      "unlink by stat": LONG_TTL_MS,
      "replace by read": LONG_TTL_MS,
      chmod: TTL_MS,
    },
  ],
  [
    "names and attributes kept, data always",
    { entryTtlMs: TTL_MS, attrTtlMs: TTL_MS, cache: "always" },
    {
      "append by stat": TTL_MS,
      "append by read": TTL_MS,
      "overwrite by read": TTL_MS,
      "overwrite, held": TTL_MS,
      "unlink by stat": TTL_MS,
      "replace by read": TTL_MS,
      chmod: TTL_MS,
    },
  ],
  ["attributes kept, but each look at a name brings new ones", { attrTtlMs: TTL_MS }, { "overwrite, held": TTL_MS }],
  ["missing names kept", { negativeTtlMs: TTL_MS }, { create: TTL_MS }],
];

/** A jiffy of a 250 Hz kernel, and what two processors shared with other tests take. */
const EARLY_MS = 40;
const LATE_MS = 30;

requires("fuse", "root")("the share", () => {
  beforeAll(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "share-test-"));
    actor = new Party();
    place = await makePlace({});
  });
  afterAll(async () => {
    actor.leave();
    await leave(place);
    fs.rmSync(directory, { recursive: true, force: true });
  });

  test.each(TTLS)("%s: each change is stale for as long as its cache lives", async (_title, dials, expected) => {
    await place.share.setDials(dials);
    for (const [name, probe] of Object.entries(PROBES)) {
      const seenMs = await medianStaleness(probe);
      const staleMs = expected[name as ProbeName] ?? 0;
      expect.soft(seenMs, name).toBeGreaterThan(Math.max(0, staleMs - EARLY_MS));
      expect.soft(seenMs, name).toBeLessThan(staleMs + LATE_MS);
    }
  });

  test("a listing is never stale, though a look at the name is", async () => {
    await place.share.setDials({ entryTtlMs: TTL_MS, attrTtlMs: TTL_MS });
    const file = place.fresh();
    fs.writeFileSync(file.source, "x");
    await place.reader.look("size", file.mounted);
    fs.unlinkSync(file.source);
    expect(await place.reader.look("list", place.mountpoint)).not.toContain(` ${file.name} `);
    expect(await place.reader.look("exists", file.mounted)).toBe(true);
  });

  test.each<
    [
      kind: keyof ShareDials["delayMs"],
      prepare: (file: string) => void,
      call: string,
      args: (file: string) => unknown[],
      look: LookKind,
      until: unknown,
    ]
  >([
    ["mkdir", () => undefined, "mkdirSync", (file) => [file], "exists", true],
    ["symlink", () => undefined, "symlinkSync", (file) => ["elsewhere", file], "target", "elsewhere"],
    ["create", () => undefined, "openSync", (file) => [file, "w"], "exists", true],
    ["unlink", (file) => fs.writeFileSync(file, "x"), "unlinkSync", (file) => [file], "exists", false],
    ["rmdir", (file) => fs.mkdirSync(file), "rmdirSync", (file) => [file], "exists", false],
    ["rename", (file) => fs.writeFileSync(file, "x"), "renameSync", (file) => [file, `${file}.to`], "exists", false],
    ["link", (file) => fs.writeFileSync(file, "x"), "linkSync", (file) => [file, `${file}.to`], "links", 2],
    [
      "setattr",
      (file) => fs.writeFileSync(file, "x", { mode: 0o644 }),
      "chmodSync",
      (file) => [file, 0o600],
      "mode",
      "600",
    ],
    ["setattr", (file) => fs.writeFileSync(file, "1234"), "truncateSync", (file) => [file, 2], "size", 2],
    ["write", (file) => fs.writeFileSync(file, "1234"), "appendFileSync", (file) => [file, "56"], "size", 6],
  ])("%s is carried out as late as asked, on time", async (kind, prepare, call, args, look, until) => {
    for (const delayMs of [10, 50]) {
      await place.share.setDials({ delayMs: { [kind]: delayMs } });
      const lateMs: number[] = [];
      for (let round = 0; round < DELAY_ROUNDS; round++) {
        const file = place.fresh();
        prepare(file.source);
        const seen = actor.observe(look, file.source, until);
        const act = await place.reader.act(call, ...args(file.mounted));
        expect(act.code).toBeUndefined();
        lateMs.push(msBetween(act.startedNs, lastSight(await seen).seenNs));
      }
      expect.soft(Math.min(...lateMs), `${kind} by ${delayMs} ms`).toBeGreaterThanOrEqual(delayMs);
      expect.soft(medianOf(lateMs), `${kind} by ${delayMs} ms`).toBeLessThan(delayMs + Math.max(2, delayMs * 0.05));
    }
  });

  test("looks wait as well, and a waiting request holds no other up", async () => {
    await place.share.setDials({ delayMs: { readdir: 200 } });
    const file = place.fresh();
    fs.writeFileSync(file.source, "x");
    const listing = place.reader.act("readdirSync", place.mountpoint);
    const look = await actor.act("readFileSync", file.mounted);
    const { startedNs, endedNs } = await listing;
    expect(look.startedNs).toBeGreaterThan(startedNs);
    expect(look.endedNs).toBeLessThan(endedNs);
    expect(msBetween(startedNs, endedNs)).toBeGreaterThanOrEqual(200);
  });

  test("`mutations` is every kind that is not named itself", async () => {
    await place.share.setDials({ delayMs: { mutations: 80, rmdir: 0 } });
    const file = place.fresh();
    const made = await place.reader.act("mkdirSync", file.mounted);
    const removed = await place.reader.act("rmdirSync", file.mounted);
    expect(msBetween(made.startedNs, made.endedNs)).toBeGreaterThanOrEqual(80);
    expect(msBetween(removed.startedNs, removed.endedNs)).toBeLessThan(40);
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
    expect(msBetween(startedNs, lastSight(seen).seenNs)).toBeLessThan(130);
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
    expect(msBetween(startedNs, lastSight(seen).seenNs)).toBeLessThan(130);
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
    expect(msBetween(startedNs, lastSight(seen).seenNs)).toBeLessThan(180);
  });

  test("a phantom listing names what cannot be found", async () => {
    await place.share.setDials({ phantomListingMs: 150 });
    const file = place.fresh();
    fs.writeFileSync(file.source, "x");
    await place.reader.look("list", place.mountpoint);
    fs.unlinkSync(file.source);
    expect(await place.reader.look("list", place.mountpoint)).toContain(file.name);
    expect(await place.reader.look("exists", file.mounted)).toBe(false);
    const seen = await place.reader.observeFor("list", place.mountpoint, 200);
    expect(String(values(seen).at(-1))).not.toContain(file.name);
  });

  test("a reverting share shows new, then old again", async () => {
    await place.share.setDials({ revertEvery: 3 });
    const file = place.fresh();
    fs.writeFileSync(file.source, "AAAA");
    await place.reader.look("text", file.mounted);
    fs.writeFileSync(file.source, "BBBB");
    const seen = values(await place.reader.observeFor("text", file.mounted, 30));
    expect(seen.slice(0, 3)).toEqual(["BBBB", "AAAA", "BBBB"]);
    fs.unlinkSync(file.source);
    const gone = values(await place.reader.observeFor("exists", file.mounted, 30));
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
    expect(msBetween(startedNs, lastSight(seen).seenNs)).toBeLessThan(130);
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

  test.each<[echo: ShareDials["echoEvents"], told: (n: number) => boolean]>([
    ["off", (count) => count === 0],
    ["all", (count) => count === 6],
    [{ lose: 3 }, (count) => count === 4],
    ["twice", (count) => count === 12],
  ])("events of the source with echoEvents %j", async (echoEvents, told) => {
    await place.share.setDials({ echoEvents });
    const files = Array.from({ length: 6 }, () => place.fresh());
    const { events } = await place.reader.watch(place.mountpoint, 400);
    for (const { source } of files) {
      fs.writeFileSync(source, "x");
      await actor.observeFor("exists", source, 30);
    }
    const names = (await events).map(({ name }) => name).filter((name) => files.some((file) => file.name === name));
    expect(names).toSatisfy((list: string[]) => told(list.length));
  });

  test("late events are late by what was asked", async () => {
    await place.share.setDials({ echoEvents: { lateMs: 120 } });
    const file = place.fresh();
    const { events } = await place.reader.watch(place.mountpoint, 300);
    const startedNs = process.hrtime.bigint();
    fs.writeFileSync(file.source, "x");
    const event = (await events).find(({ name }) => name === file.name);
    const lateMs = msBetween(startedNs, event?.atNs ?? 0n);
    expect(lateMs).toBeGreaterThan(120);
    expect(lateMs).toBeLessThan(140);
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

requires("fuse", "root")("the end of a share", () => {
  beforeAll(() => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "share-test-"));
  });
  afterAll(() => {
    fs.rmSync(directory, { recursive: true, force: true });
  });

  const exists = (pid: number) => fs.existsSync(`/proc/${pid}`);

  test("stop unmounts and ends the process, twice over", async () => {
    const { share, mountpoint, reader } = await makePlace({});
    expect(isMounted(mountpoint)).toBe(true);
    reader.leave();
    await share.stop();
    await share.stop();
    expect([isMounted(mountpoint), exists(share.pid)]).toEqual([false, false]);
  });

  test("stop removes the mount of a process that was killed", async () => {
    const { share, mountpoint, reader } = await makePlace({ echoEvents: "all" });
    process.kill(share.pid, "SIGKILL");
    await expect.poll(() => exists(share.pid)).toBe(false);
    expect(await reader.look("size", path.join(mountpoint, "x"))).toBe("ENOTCONN");
    reader.leave();
    await share.stop();
    expect(isMounted(mountpoint)).toBe(false);
  });

  test("a busy mount is cut off, with mounts below it", async () => {
    const { share, mountpoint, source, fresh, reader } = await makePlace({});
    const file = fresh();
    fs.writeFileSync(file.source, "x");
    await reader.look("held", file.mounted);
    fs.mkdirSync(path.join(source, "below"));
    spawnSync("mount", ["-t", "tmpfs", "none", path.join(mountpoint, "below")]);
    expect(isMounted(path.join(mountpoint, "below"))).toBe(true);
    await share.stop();
    expect([isMounted(mountpoint), isMounted(path.join(mountpoint, "below")), exists(share.pid)]).toEqual([
      false,
      false,
      false,
    ]);
    expect(await reader.look("held", file.mounted)).toBe("ENOTCONN");
    reader.leave();
  });

  test("what is wrong is said", async () => {
    const source = directory;
    await expect(startShare({ source, mountpoint: path.join(directory, "none") })).rejects.toMatchObject({
      code: "SUBJECT_FAILED",
      message: expect.stringContaining("FUSE_MOUNT_FAILED"),
    });
    await expect(startShare({ source: path.join(directory, "none"), mountpoint: directory })).rejects.toThrow("ENOENT");
    await expect(startShare({ source, mountpoint: directory, dials: { attrTtlMs: -1 } })).rejects.toMatchObject({
      code: "SUBJECT_BAD_DIALS",
      message: expect.stringContaining("attrTtlMs is -1"),
    });
  });
});
