import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createRandom } from "../../../core/random.ts";
import { chooseStates } from "./choose-states.ts";
import { type CrashState, endOf, entriesBy, type LogMoment, lostIn, volatileAt } from "./crash-state.ts";
import { minimize } from "./minimize.ts";
import { type Promises, search, type SearchOrder, type Violation } from "./search.ts";

// A storage of pages. Each write puts its entry's number into a page; who syncs is told so right after the flush, or
// without one where the storage lies. What was told is promised: the page then holds that number or a later one.

type Step = number | "sync" | "lying sync" | "cut";
type Contents = ReadonlyMap<number, number>;
const PAGES = 4;

interface Toy {
  moments: LogMoment[];
  promises: Promises<Contents>;
}

function perform(steps: readonly Step[]): Toy {
  const moments: LogMoment[] = [];
  const told: { timeNs: number; contents: Contents }[] = [];
  let seen = new Map<number, number>();
  let durable: Contents = new Map();
  for (const [at, step] of steps.entries()) {
    const timeNs = at * 10;
    if (typeof step === "number") {
      seen.set(step, moments.length);
      moments.push({ kind: "write", timeNs, offset: step, lengthBytes: 1 });
    } else if (step === "cut") {
      moments.push({ kind: "cut", timeNs });
      seen = new Map(durable);
      // Who finds what is there after a cut expects no more of it.
      told.push({ timeNs: timeNs + 5, contents: new Map(durable) });
    } else {
      moments.push({ kind: "flush", timeNs, outcome: step === "sync" ? "done" : "lied" });
      if (step === "sync") durable = new Map(seen);
      told.push({ timeNs: timeNs + 5, contents: new Map(seen) });
    }
  }
  const before = (timeNs: number) => told.findLast((one) => one.timeNs < timeNs)?.contents ?? new Map<number, number>();
  return { moments, promises: { acknowledgedNs: told.map(({ timeNs }) => timeNs), beganNs: -1, before } };
}

function contentsOf(moments: readonly LogMoment[], { entries, survivors }: CrashState): Contents {
  const contents = new Map<number, number>();
  const gone = new Set(lostIn(moments, { entries, survivors }));
  let unflushed: number[] = [];
  const arrived = new Set<number>();
  for (const [index, moment] of moments.slice(0, entries).entries()) {
    if (moment.kind === "write") unflushed.push(index);
    if (moment.kind === "cut") unflushed = [];
    if (moment.kind !== "flush" || moment.outcome !== "done") continue;
    for (const one of unflushed) arrived.add(one);
    unflushed = [];
  }
  for (const one of unflushed) if (!gone.has(one)) arrived.add(one);
  for (const [index, moment] of moments.entries())
    if (moment.kind === "write" && arrived.has(index)) contents.set(moment.offset, index);
  return contents;
}

const broken = (contents: Contents, promised: Contents): boolean =>
  [...promised].some(([page, number]) => (contents.get(page) ?? -1) < number);

const isBroken = ({ moments, promises }: Toy, state: CrashState): boolean =>
  broken(contentsOf(moments, state), promises.before(endOf(moments, state.entries)));

const orderOf = (toy: Toy, seed: string, points = 1000): SearchOrder<Contents> => ({
  ...toy,
  points,
  random: createRandom(seed),
  tryState: async (state, promised) =>
    broken(contentsOf(toy.moments, state), promised)
      ? ({ kind: "unmountable", detail: "a page is old" } satisfies Violation)
      : undefined,
  isOver: () => false,
  progress: () => {},
});

const write = fc.nat(PAGES - 1);
const stepsOf = (...others: Step[]) =>
  fc.array(fc.oneof({ weight: 4, arbitrary: write }, { weight: 2, arbitrary: fc.constantFrom<Step>(...others) }), {
    maxLength: 40,
  });

describe("a search over crash states", () => {
  test("finds nothing where every flush is honest", async () => {
    await fc.assert(
      fc.asyncProperty(stepsOf("sync", "cut"), fc.string(), async (steps, seed) => {
        const result = await search(orderOf(perform(steps), seed));
        expect(result.first).toBeUndefined();
        expect(result.tried).toBe(result.chosen);
      }),
    );
  });

  test("finds what one lying flush can lose, at the first crash that loses it, by no more than it takes", async () => {
    let finds = 0;
    await fc.assert(
      fc.asyncProperty(stepsOf("sync", "lying sync"), fc.string(), async (steps, seed) => {
        const toy = perform(steps);
        const { moments, promises } = toy;
        const atAcknowledgements = promises.acknowledgedNs.map((timeNs) => entriesBy(moments, timeNs));
        const firstBroken = atAcknowledgements.find((entries) => isBroken(toy, { entries, survivors: [] }));
        const { first, smallest } = await search(orderOf(toy, seed));
        expect(first?.state.entries).toBe(firstBroken);
        if (!first || !smallest) return;
        finds++;
        expect(isBroken(toy, smallest.state)).toBe(true);
        expect(smallest.state.entries).toBeLessThanOrEqual(first.state.entries);
        expect(lostIn(moments, smallest.state)).toEqual(smallest.lost);
        for (const kept of smallest.lost) {
          const survivors = [...smallest.state.survivors, kept].sort((a, b) => a - b);
          expect(isBroken(toy, { entries: first.state.entries, survivors })).toBe(false);
        }
      }),
    );
    expect(finds).toBeGreaterThan(20);
  });

  test("moves the crash to where the same loss first breaks a promise", async () => {
    const toy = perform([0, "lying sync", 1, "lying sync", 2, "lying sync", 3, "lying sync"]);
    const moved: number[] = [];
    for (const seed of "abcdefgh") {
      const { first, smallest } = await search(orderOf(toy, seed, 1));
      expect(smallest?.lost).toHaveLength(1);
      expect(smallest?.state.entries).toBe((smallest?.lost[0] ?? 0) + 2);
      moved.push((first?.state.entries ?? 0) - (smallest?.state.entries ?? 0));
    }
    expect(Math.max(...moved)).toBeGreaterThan(0);
  });

  test("with the same seed tries the same, and with another one something else", async () => {
    const steps = Array.from({ length: 200 }, (_, i): Step => (i % 9 === 8 ? "sync" : i % PAGES));
    const tried = async (seed: string) => {
      const states: CrashState[] = [];
      const order = orderOf(perform(steps), seed, 50);
      await search({
        ...order,
        tryState: async (state) => {
          states.push(state);
          return undefined;
        },
      });
      return states;
    };
    const states = await tried("a");
    expect(states).toHaveLength(50);
    expect(await tried("a")).toEqual(states);
    expect(await tried("b")).not.toEqual(states);
  });

  test("ends when its time is up, and says how far it came", async () => {
    const steps = Array.from({ length: 200 }, (_, i): Step => (i % 9 === 8 ? "sync" : i % PAGES));
    const order = orderOf(perform(steps), "a", 50);
    let left = 7;
    const result = await search({ ...order, isOver: () => left-- === 0 });
    expect(result).toMatchObject({ chosen: 50, tried: 7 });
    expect(result.reachedEntries).toBeGreaterThan(0);
    expect(result.reachedEntries).toBeLessThan(200);
  });
});

describe("the states of a log", () => {
  test("are no more than asked for, each once, in order, and each possible", () => {
    fc.assert(
      fc.property(
        stepsOf("sync", "lying sync", "cut"),
        fc.nat(60),
        fc.nat(10),
        fc.string(),
        (steps, count, from, seed) => {
          const { moments, promises } = perform(steps);
          const { acknowledgedNs } = promises;
          const random = createRandom(seed);
          const states = chooseStates({ moments, acknowledgedNs, fromEntries: from, count, random });
          expect(states.length).toBeLessThanOrEqual(count);
          expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(states.length);
          for (const [i, { entries, survivors }] of states.entries()) {
            expect(entries).toBeGreaterThanOrEqual(Math.max(from, states[i - 1]?.entries ?? 0));
            expect(entries).toBeLessThanOrEqual(moments.length);
            const volatile = volatileAt(moments, entries);
            expect(survivors).toEqual(volatile.filter((index) => survivors.includes(index)));
          }
        },
      ),
    );
  });

  test("come to each acknowledgement before there are more than a few of any other kind", () => {
    const { moments, promises } = perform(
      Array.from({ length: 300 }, (_, i): Step => (i % 10 === 9 ? "sync" : i % PAGES)),
    );
    const { acknowledgedNs } = promises;
    const count = 6 * acknowledgedNs.length;
    const states = chooseStates({ moments, acknowledgedNs, fromEntries: 0, count, random: createRandom("each") });
    const bare = new Set(states.filter(({ survivors }) => survivors.length === 0).map(({ entries }) => entries));
    for (const timeNs of acknowledgedNs) expect(bare).toContain(entriesBy(moments, timeNs));
  });

  test("leave volatile what neither a flush nor a cut has taken", () => {
    const { moments } = perform([0, "sync", 1, 2, "cut", 3, "lying sync", 0]);
    expect(Array.from({ length: 9 }, (_, entries) => volatileAt(moments, entries))).toEqual([
      [],
      [0],
      [],
      [2],
      [2, 3],
      [],
      [5],
      [5],
      [5, 7],
    ]);
  });

  test("are all tried where there are few", () => {
    const { moments, promises } = perform([0, 1, "sync", 2]);
    const { acknowledgedNs } = promises;
    const states = chooseStates({ moments, acknowledgedNs, fromEntries: 0, count: 1000, random: createRandom("few") });
    const texts = states.map(({ entries, survivors }) => `${entries}:${survivors.join()}`);
    expect(texts.sort()).toEqual(["0:", "1:", "1:0", "2:", "2:0", "2:0,1", "2:1", "3:", "4:", "4:3"]);
  });
});

describe("making a set smaller", () => {
  test("keeps exactly those that fail together", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.nat(99), { maxLength: 6 }),
        fc.integer({ min: 100, max: 300 }),
        async (guilty, size) => {
          const items = Array.from({ length: size }, (_, i) => i);
          const found = await minimize(items, async (some) => guilty.every((one) => some.includes(one)));
          expect(found).toEqual([...guilty].sort((a, b) => a - b));
        },
      ),
    );
  });

  test("takes few tries for one among many", async () => {
    let tries = 0;
    await minimize(
      Array.from({ length: 1000 }, (_, i) => i),
      async (some) => {
        tries++;
        return some.includes(617);
      },
    );
    expect(tries).toBeLessThanOrEqual(1 + 2 * 10);
  });
});
