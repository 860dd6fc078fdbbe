import fs from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Delayable, ShareDials } from "../../../src/trials/visibility/subjects/share/dials.ts";
import { requires } from "../../requires.ts";
import { type Act, type LookKind, medianOf, msBetween, Party } from "./party.ts";
import { BEST_LATE_MS, EARLY_MS, LATE_MS, lastSight, leave, makePlace, type Place, replace, values } from "./place.ts";

const ROUNDS = 3;
const DELAY_ROUNDS = 5;

let place: Place;
let actor: Party;

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

/** A request that waits, and a call of node:fs through the mount that makes one. */
const DELAYED: {
  kind: Delayable;
  prepare?: (file: string) => void;
  call: string;
  args: (file: string) => unknown[];
}[] = [
  { kind: "mkdir", call: "mkdirSync", args: (file) => [file] },
  { kind: "symlink", call: "symlinkSync", args: (file) => ["elsewhere", file] },
  { kind: "create", call: "openSync", args: (file) => [file, "w"] },
  { kind: "unlink", prepare: (file) => fs.writeFileSync(file, "x"), call: "unlinkSync", args: (file) => [file] },
  { kind: "rmdir", prepare: (file) => fs.mkdirSync(file), call: "rmdirSync", args: (file) => [file] },
  {
    kind: "rename",
    prepare: (file) => fs.writeFileSync(file, "x"),
    call: "renameSync",
    args: (file) => [file, `${file}.to`],
  },
  {
    kind: "link",
    prepare: (file) => fs.writeFileSync(file, "x"),
    call: "linkSync",
    args: (file) => [file, `${file}.to`],
  },
  { kind: "setattr", prepare: (file) => fs.writeFileSync(file, "x"), call: "chmodSync", args: (file) => [file, 0o600] },
  { kind: "setattr", prepare: (file) => fs.writeFileSync(file, "x"), call: "truncateSync", args: (file) => [file, 9] },
  {
    kind: "write",
    prepare: (file) => fs.writeFileSync(file, "x"),
    call: "appendFileSync",
    args: (file) => [file, "y"],
  },
];

requires("fuse", "root")("the share", () => {
  beforeAll(async () => {
    actor = new Party();
    place = await makePlace({});
  });
  afterAll(async () => {
    actor.leave();
    await leave(place);
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

  test.each(DELAYED)(
    "$kind ($call) is carried out as late as asked, on time",
    async ({ kind, prepare, call, args }) => {
      for (const delayMs of [10, 50, 200]) {
        await place.share.setDials({ delayMs: { [kind]: delayMs } });
        const lateMs: number[] = [];
        for (let round = 0; round < DELAY_ROUNDS; round++) {
          const file = place.fresh();
          prepare?.(file.source);
          const { events } = await actor.watch(place.source, delayMs + 60);
          const act = await place.reader.act(call, ...args(file.mounted));
          expect(act.code).toBeUndefined();
          const seen = (await events).find(({ name }) => name.startsWith(file.name));
          lateMs.push(msBetween(act.startedNs, seen?.atNs ?? 0n));
        }
        expect.soft(Math.min(...lateMs), `by ${delayMs} ms`).toBeGreaterThanOrEqual(delayMs);
        // The best shows what the share does, the median what the machine does to it.
        expect.soft(Math.min(...lateMs), `by ${delayMs} ms`).toBeLessThan(delayMs + BEST_LATE_MS);
        expect.soft(medianOf(lateMs), `by ${delayMs} ms`).toBeLessThan(delayMs + LATE_MS);
      }
    },
  );

  test("looks wait as well, and a waiting request holds no other up", async () => {
    await place.share.setDials({ delayMs: { readdir: 200 } });
    const file = place.fresh();
    fs.writeFileSync(file.source, "x");
    const listing = place.reader.act("readdirSync", place.mountpoint);
    const isListed = listing.then(() => true);
    const looks: Act[] = [];
    while (
      !(await Promise.race([isListed, actor.act("readFileSync", file.mounted).then((look) => void looks.push(look))]))
    );
    const { startedNs, endedNs } = await listing;
    expect(msBetween(startedNs, endedNs)).toBeGreaterThanOrEqual(200);
    const meanwhile = looks.filter((look) => look.startedNs > startedNs && look.endedNs < endedNs);
    expect(meanwhile.length).toBeGreaterThan(1);
    expect(meanwhile.every(({ code }) => code === undefined)).toBe(true);
  });

  test("`mutations` is every kind that is not named itself", async () => {
    await place.share.setDials({ delayMs: { mutations: 80, rmdir: 0 } });
    const file = place.fresh();
    const made = await place.reader.act("mkdirSync", file.mounted);
    const removed = await place.reader.act("rmdirSync", file.mounted);
    expect(msBetween(made.startedNs, made.endedNs)).toBeGreaterThanOrEqual(80);
    expect(msBetween(removed.startedNs, removed.endedNs)).toBeLessThan(80);
  });
});
