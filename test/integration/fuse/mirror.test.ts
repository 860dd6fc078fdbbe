import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Mirror, startMirror } from "../../../src/trials/visibility/subjects/mirror/start.ts";
import { type LookKind, medianOf, msBetween, Party } from "./party.ts";
import { BEST_LATE_MS } from "./place.ts";

const ROUNDS = 5;
/** Scheduling of a machine that does other things too; the best of the rounds shows what the mirror itself does. */
const LOADED_MS = 100;

interface Change {
  name: string;
  prepare?: (file: string) => void;
  /** Made by `act` on the source side. */
  call: string;
  args: (file: string) => unknown[];
  kind: LookKind;
  /** The last sight of the replica, and what was there before it, if only that may be. */
  before: unknown;
  after: unknown;
  suffix?: string;
}

const write = (text: string) => (file: string) => fs.writeFileSync(file, text, { mode: 0o644 });
const writeTwo = (file: string) => {
  write("AAAA")(file);
  write("BBBB")(`${file}.to`);
};

const CHANGES: Change[] = [
  { name: "create", call: "writeFileSync", args: (f) => [f, "x"], kind: "exists", before: false, after: true },
  { name: "mkdir", call: "mkdirSync", args: (f) => [f], kind: "exists", before: false, after: true },
  { name: "symlink", call: "symlinkSync", args: (f) => ["to", f], kind: "target", before: "ENOENT", after: "to" },
  {
    name: "link",
    prepare: write("x"),
    call: "linkSync",
    args: (f) => [f, `${f}.to`],
    kind: "links",
    before: 1,
    after: 2,
  },
  {
    name: "append",
    prepare: write("1234"),
    call: "appendFileSync",
    args: (f) => [f, "56"],
    kind: "text",
    before: "1234",
    after: "123456",
  },
  {
    name: "append, held",
    prepare: write("1234"),
    call: "appendFileSync",
    args: (f) => [f, "56"],
    kind: "held",
    before: "1234",
    after: "123456",
  },
  {
    name: "truncate",
    prepare: write("1234"),
    call: "truncateSync",
    args: (f) => [f, 2],
    kind: "text",
    before: "1234",
    after: "12",
  },
  {
    name: "chmod",
    prepare: write("x"),
    call: "chmodSync",
    args: (f) => [f, 0o600],
    kind: "mode",
    before: "644",
    after: "600",
  },
  {
    name: "unlink",
    prepare: write("x"),
    call: "unlinkSync",
    args: (f) => [f],
    kind: "exists",
    before: true,
    after: false,
  },
  {
    name: "rmdir",
    prepare: (f) => fs.mkdirSync(f),
    call: "rmdirSync",
    args: (f) => [f],
    kind: "exists",
    before: true,
    after: false,
  },
  {
    name: "rename",
    prepare: write("x"),
    call: "renameSync",
    args: (f) => [f, `${f}.to`],
    kind: "exists",
    before: true,
    after: false,
  },
  {
    name: "replace",
    prepare: writeTwo,
    call: "renameSync",
    args: (f) => [`${f}.to`, f],
    kind: "text",
    before: "AAAA",
    after: "BBBB",
  },
];

describe("the mirror", () => {
  let directory: string;
  let source: string;
  let replica: string;
  let mirror: Mirror;
  let actor: Party;
  let observer: Party;
  let serial = 0;

  beforeAll(async () => {
    directory = fs.mkdtempSync(path.join(os.tmpdir(), "mirror-test-"));
    [source, replica] = ["source", "replica"].map((name) => path.join(directory, name)) as [string, string];
    for (const side of [source, replica]) fs.mkdirSync(side);
    fs.mkdirSync(path.join(source, "old"));
    fs.writeFileSync(path.join(source, "old", "file"), "there before");
    fs.linkSync(path.join(source, "old", "file"), path.join(source, "second"));
    mirror = await startMirror({ source, replica });
    [actor, observer] = [new Party(), new Party()];
  });
  afterAll(async () => {
    actor.leave();
    observer.leave();
    await mirror.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  });

  const settled = async (file: string, text: string) => {
    await expect.poll(() => fs.existsSync(file) && fs.readFileSync(file, "utf8"), { interval: 2 }).toBe(text);
  };

  /** All that was done before has been carried over. */
  const barrier = () => {
    const name = `barrier${serial++}`;
    fs.writeFileSync(path.join(source, name), "");
    return settled(path.join(replica, name), "");
  };

  test("what was there before is there at once", () => {
    expect(fs.readFileSync(path.join(replica, "old", "file"), "utf8")).toBe("there before");
    expect(fs.statSync(path.join(replica, "second")).nlink).toBe(2);
  });

  test.each(CHANGES)("$name shows as late as asked, on time and whole", async (change) => {
    for (const delayMs of [10, 50, 200]) {
      const lateMs: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        const name = `f${serial++}`;
        const [near, far] = [path.join(source, name), path.join(replica, name)];
        await mirror.setDials({ delayMs: 0 });
        change.prepare?.(near);
        await expect.poll(() => observer.look(change.kind, far), { interval: 5 }).toBe(change.before);
        await barrier();
        await mirror.setDials({ delayMs });
        const { sights: seen } = await observer.beginObserving(change.kind, far, 3000, change.after);
        const act = await actor.act(change.call, ...change.args(near));
        const sights = await seen;
        expect(sights.map(({ value }) => value)).toEqual([change.before, change.after]);
        lateMs.push(msBetween(act.startedNs, sights.at(-1)?.seenNs ?? 0n));
      }
      // The observer looks every millisecond.
      const floorMs = 1.5;
      expect.soft(Math.min(...lateMs)).toBeGreaterThanOrEqual(delayMs);
      expect.soft(Math.min(...lateMs)).toBeLessThan(delayMs + BEST_LATE_MS + floorMs);
      expect.soft(medianOf(lateMs)).toBeLessThan(delayMs + LOADED_MS);
    }
  });

  test("a directory moves with all that is in it, and changes below it are carried on", async () => {
    await mirror.setDials({ delayMs: 5 });
    const [from, to] = ["from", "to"].map((name) => path.join(source, name)) as [string, string];
    fs.mkdirSync(path.join(from, "deep"), { recursive: true });
    fs.writeFileSync(path.join(from, "deep", "file"), "1");
    await settled(path.join(replica, "from", "deep", "file"), "1");
    const inode = fs.statSync(path.join(replica, "from", "deep", "file")).ino;
    fs.renameSync(from, to);
    await settled(path.join(replica, "to", "deep", "file"), "1");
    expect(fs.existsSync(path.join(replica, "from"))).toBe(false);
    expect(fs.statSync(path.join(replica, "to", "deep", "file")).ino).toBe(inode);
    fs.appendFileSync(path.join(to, "deep", "file"), "2");
    await settled(path.join(replica, "to", "deep", "file"), "12");
  });

  test("both ways, and neither side's change comes back", async () => {
    await mirror.setDials({ delayMs: 20 });
    const [near, far] = [path.join(source, "both"), path.join(replica, "both")];
    fs.writeFileSync(far, "from there");
    await settled(near, "from there");
    const inode = fs.statSync(far).ino;
    fs.appendFileSync(near, ", from here");
    await settled(far, "from there, from here");
    expect(fs.statSync(far).ino).toBe(inode);
    const { sights } = await observer.beginObserving("text", near, 1000);
    for (const text of ["1", "2", "3"]) {
      fs.writeFileSync(far, text);
      await delay(15);
    }
    // Writing a file anew empties it first, and a mirror that looks just then carries that too.
    const texts = (await sights).map(({ value }) => value).filter((text) => text !== "");
    // One that the observer was too late to see is no fault; one that is seen again has come back.
    expect(texts).toEqual(["from there, from here", "1", "2", "3"].filter((text) => texts.includes(text)));
    expect([texts[0], texts.at(-1)]).toEqual(["from there, from here", "3"]);
    expect(fs.readFileSync(far, "utf8")).toBe("3");
    fs.unlinkSync(near);
    await expect.poll(() => fs.existsSync(far)).toBe(false);
  });

  test("stop leaves nothing beside the two, twice over", async () => {
    await mirror.stop();
    await mirror.stop();
    expect(fs.readdirSync(directory).toSorted()).toEqual(["replica", "source"]);
    expect(fs.existsSync(`/proc/${mirror.pid}`)).toBe(false);
  });
});
