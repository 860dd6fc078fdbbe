import type { Answer } from "../../client.ts";
import { finds, pathIn, refuses, volumesIn } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { checkKept, goodOptions, timesListed } from "../exact-names.ts";
import { atOnce } from "../waiting.ts";

/** More than so many are not made one after another: with a cluster behind it each takes a good part of a second. */
const MOST_IN_SEQUENCE = 100;
const ROUNDS_PER_CREATE_AGAINST_REMOVE = 5;

const manyVolumes: VolumeCase = {
  id: "C04",
  title: "Very many volumes",
  severity: "high",
  action: "1, 10, 100, 1,000 volumes and as many as the scale says: one after another up to 100, and many at once.",
  requirement: "All are made, and each is listed once.",
  reason:
    "Engines list all volumes for `docker volume ls` and for every prune, and wait 60 s for it. Drivers that keep a list in one file lose some of those that are made at once.",
  needs: [],
  original: [11],
  run: async (context) => {
    const { scale } = context;
    const steps = [1, 10, 100, 1000].filter((step) => step < scale.volumes);
    for (const count of [...steps, scale.volumes]) {
      if (count <= MOST_IN_SEQUENCE) await makeMany(context, count, 1);
      if (count > 1) await makeMany(context, count, scale.concurrency);
    }
  },
};

async function makeMany(context: CaseContext, count: number, limit: number): Promise<void> {
  const { driver, name, check, timed } = context;
  const load = limit === 1 ? "alone" : `${limit} at once`;
  const names = Array.from({ length: count }, name);
  const made = await atOnce(names, limit, (volume) => driver.create(volume, goodOptions(context)));
  timed({ call: "Create", load, valuesNs: made.map(({ durationNs }) => durationNs) });
  checkAll(context, "Create makes each of very many volumes.", made);
  const list = await driver.list();
  timed({ call: "List", load: `${count} volumes`, valuesNs: [list.durationNs] });
  const listed = new Map<unknown, number>();
  for (const { name: one } of volumesIn(list)) listed.set(one, (listed.get(one) ?? 0) + 1);
  const odd = names.filter((one) => listed.get(one) !== 1);
  const seen = odd.length === 0 ? "it is" : `of ${count}, ${load}, ${odd.length} are not: ${told(list)}`;
  check("Each of very many volumes is listed once.", odd.length === 0, seen);
  const removed = await atOnce(names, context.scale.concurrency, (volume) => driver.remove(volume));
  timed({
    call: "Remove",
    load: `${context.scale.concurrency} at once`,
    valuesNs: removed.map(({ durationNs }) => durationNs),
  });
  checkAll(context, "Remove takes each of very many volumes away.", removed);
}

function checkAll({ check }: CaseContext, what: string, answers: readonly Answer[]): void {
  const bad = answers.filter(({ ok }) => !ok);
  const seen = bad[0] ? `${bad.length} of ${answers.length} fail: ${told(bad[0])}` : "it does";
  check(what, bad.length === 0, seen);
}

const oneNameAtOnce: VolumeCase = {
  id: "C05",
  title: "One name, many Creates at once",
  severity: "high",
  action: "Create of one new name by many callers at once, several times.",
  requirement: "There is one volume; each Create succeeds or is refused with words, and one at least succeeds.",
  reason:
    "Two services that start with one volume make two Creates within a millisecond, and so do two hosts with one back end: who looks first and makes then makes it twice.",
  needs: [],
  run: async (context) => {
    const { driver, name, scale, check, observe } = context;
    for (let round = 0; round < scale.repeats; round++) {
      const volume = name();
      const callers = Array.from({ length: scale.concurrency });
      const answers = await Promise.all(callers.map(() => driver.create(volume, goodOptions(context))));
      const unclear = answers.find((answer) => !answer.ok && !refuses(answer));
      const what = "Each of many Creates of one name succeeds, or is refused with words.";
      check(what, unclear === undefined, unclear ? told(unclear) : "it does");
      const made = answers.filter(({ ok }) => ok).length;
      check("One of many Creates of one name at least succeeds.", made > 0, `${made} of ${answers.length}`);
      if (made < answers.length) observe("of many Creates of one name at once some are refused");
      await checkKept(context, volume);
    }
  },
};

const createAgainstRemove: VolumeCase = {
  id: "C11",
  title: "Create against Remove",
  severity: "high",
  action: "Create and Remove of one name at once, again and again; after each round Get, List and Mount.",
  requirement: "The volume is wholly there or wholly gone: Get, List and Mount agree.",
  reason:
    "`docker compose down -v` and `up` of two users meet. A volume that Get finds and Mount does not, or that is in the list and cannot be removed, stays until somebody cleans up by hand.",
  needs: [],
  run: async (context) => {
    const { random, name, scale } = context;
    const rounds = Math.max(10, Math.ceil(scale.rounds / ROUNDS_PER_CREATE_AGAINST_REMOVE));
    const volume = name();
    for (let round = 0; round < rounds; round++) {
      await raceOnce(
        context,
        volume,
        random.shuffled(["create", "remove", ...(random.below(2) === 0 ? ["create"] : [])]),
      );
      await checkAgreement(context, volume);
    }
  },
};

async function raceOnce(context: CaseContext, volume: string, calls: readonly string[]): Promise<void> {
  const { driver, check } = context;
  const answers = await Promise.all(
    calls.map((call) => (call === "create" ? driver.create(volume, goodOptions(context)) : driver.remove(volume))),
  );
  for (const answer of answers)
    check(
      "Create and Remove at once each succeed, or are refused with words.",
      answer.ok || refuses(answer),
      told(answer),
    );
}

async function checkAgreement(context: CaseContext, volume: string): Promise<void> {
  const { driver, mountId, check } = context;
  const id = mountId();
  const got = await driver.get(volume);
  const count = await timesListed(context, volume);
  const mounted = await driver.mount(volume, id);
  const says = { Get: finds(got, volume), List: count === 1, Mount: mounted.ok };
  const isOne = Object.values(says).every((one) => one === says.Get) && count <= 1;
  const seen = `Get: ${told(got)}; List: ${count} times; Mount: ${told(mounted)}`;
  check("After Create and Remove at once Get, List and Mount agree whether there is a volume.", isOne, seen);
  check("What Mount answers then is a path or an error.", (pathIn(mounted) !== "") === mounted.ok, told(mounted));
  if (!mounted.ok) return;
  const unmounted = await driver.unmount(volume, id);
  check("What was mounted is unmounted again.", unmounted.ok, told(unmounted));
}

export const manyCreateCases = { manyVolumes, oneNameAtOnce, createAgainstRemove };
