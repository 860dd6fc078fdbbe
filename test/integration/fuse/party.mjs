// A process that acts and looks on behalf of a test: whoever serves a mount, or waits for an answer, must not look itself.
import fs from "node:fs";
import { setTimeout as delay } from "node:timers/promises";

const descriptors = new Map();

/** Ways to look; a failed look shows its code. */
const LOOKS = {
  exists: (path) => fs.existsSync(path),
  size: (path) => fs.statSync(path).size,
  mode: (path) => (fs.statSync(path).mode & 0o777).toString(8),
  links: (path) => fs.statSync(path).nlink,
  mtimeNs: (path) => fs.statSync(path, { bigint: true }).mtimeNs.toString(),
  text: (path) => fs.readFileSync(path, "utf8"),
  target: (path) => fs.readlinkSync(path),
  list: (path) => fs.readdirSync(path).toSorted().join(" "),
  held: (path) => {
    if (!descriptors.has(path)) descriptors.set(path, fs.openSync(path, "r"));
    const bytes = Buffer.alloc(4096);
    return bytes.toString("utf8", 0, fs.readSync(descriptors.get(path), bytes, 0, bytes.length, 0));
  },
};

const now = () => process.hrtime.bigint();

function look(kind, path) {
  try {
    return LOOKS[kind](path);
  } catch (error) {
    return error.code;
  }
}

const DUTIES = {
  /** One call of node:fs. */
  act: ({ call, args }) => {
    const startedNs = now();
    try {
      const value = fs[call](...args);
      return { value: typeof value === "object" ? undefined : value, startedNs, endedNs: now() };
    } catch (error) {
      return { code: error.code, startedNs, endedNs: now() };
    }
  },
  look: ({ kind, path }) => look(kind, path),
  /** Looks until it sees `until`, or for a time; answers with each different sight and when. Says when it has begun. */
  observe: async ({ kind, path, until, budgetMs, everyMs }) => {
    const endNs = now() + BigInt(Math.round(budgetMs * 1e6));
    const sights = [];
    for (;;) {
      const atNs = now();
      const value = look(kind, path);
      if (sights.length === 0) process.send({ id: -1 });
      if (sights.length === 0 || sights.at(-1).value !== value) sights.push({ value, atNs, seenNs: now() });
      if ((until !== undefined && value === until) || atNs > endNs) return sights;
      if (everyMs) await delay(everyMs);
    }
  },
  /** inotify, as fs.watch tells it. */
  watch: async ({ path, forMs }) => {
    const events = [];
    const watcher = fs.watch(path, (kind, name) => events.push({ kind, name, atNs: now() }));
    process.send({ id: -1 });
    await delay(forMs);
    watcher.close();
    return events;
  },
};

process.on("message", ({ id, duty, ...what }) => {
  void Promise.resolve(DUTIES[duty](what)).then((value) => process.send({ id, value }));
});
process.on("disconnect", () => process.exit(0));
