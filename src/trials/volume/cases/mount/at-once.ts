import type { Answer } from "../../client.ts";
import { finds, pathIn } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { goodOptions } from "../exact-names.ts";
import { checkGone, checkMark, leaveMark, mountsAt } from "../sight.ts";

/** Many who mount one volume at the same moment. */
export const atOnceCases: readonly VolumeCase[] = [
  {
    id: "M11",
    title: "A new volume is made and mounted by many at once",
    severity: "critical",
    action:
      "Lets 2, 10 and 50 callers at once ask Get, then Create, then Mount for one new name, once each at its own pace and once all in step; then all unmount.",
    requirement: "Every Mount succeeds with one path, one mount is there, and it goes with the last Unmount.",
    reason:
      'Several containers that name a new volume start at the same moment, on one host or on many: the seed\'s second container failed with "Resource busy".',
    needs: ["mounts"],
    original: [8],
    run: async (context) => {
      for (const pace of [startFreely, startInStep])
        await byMany(context, { callers: [2, 10, 50], volume: () => Promise.resolve(context.name()), start: pace });
    },
  },
  {
    id: "M12",
    title: "An existing volume is mounted by many at once",
    severity: "critical",
    action: "Lets 10, 50 and 200 callers at once mount one volume; then all unmount.",
    requirement:
      "Every Mount succeeds with one path, which shows the volume; one mount is there, and it goes with the last Unmount.",
    reason:
      "A service that starts with many containers sends as many Mounts of one volume at once, each preceded by Get; where they race, some containers get an empty directory or two mounts are stacked and one stays.",
    needs: ["mounts"],
    original: [9],
    run: (context) => byMany(context, { callers: [10, 50, 200], volume: () => context.volume(), start: startFreely }),
  },
];

/** As engines start containers: Get, Create where that finds none, Mount; one for each ID. */
type Start = (context: CaseContext, name: string, ids: readonly string[]) => Promise<Answer[]>;

/** How many play, and with what. */
interface Play {
  callers: readonly number[];
  volume: () => Promise<string>;
  start: Start;
}

/** Once for each number of callers that the scale allows. */
async function byMany(context: CaseContext, { callers, volume, start }: Play): Promise<void> {
  const allowed = new Set(callers.map((count) => Math.min(count, context.scale.concurrency)));
  for (const count of allowed) await byCount(context, await volume(), { count, start });
}

async function byCount(
  context: CaseContext,
  name: string,
  { count, start }: { count: number; start: Start },
): Promise<void> {
  const ids = Array.from({ length: count }, () => context.mountId());
  const answers = await start(context, name, ids);
  context.timed({ call: "Mount", load: `${count} at once`, valuesNs: answers.map(({ durationNs }) => durationNs) });
  const failed = answers.filter((answer) => pathIn(answer) === "");
  context.demand(
    "Every Mount succeeds.",
    failed.length === 0,
    failed[0] ? `${failed.length} of ${count} failed: ${told(failed[0])}` : `${count} at once`,
  );
  const paths = [...new Set(answers.map(pathIn))];
  const [path = ""] = paths;
  context.check("All get one path.", paths.length === 1, paths.join(", "));
  const mounts = await mountsAt(context, path);
  context.check("At most one mount is at the path.", mounts.length <= 1, `${mounts.length} at ${path}`);
  const mark = await leaveMark(context, path);
  const [last = "", ...others] = context.random.shuffled(ids);
  await allLeave(context, name, others);
  await checkMark(context, "The path shows the volume until the last one leaves.", { path, mark });
  await allLeave(context, name, [last]);
  await checkGone(context, "Nothing is mounted after the last Unmount.", path);
  const again = await context.mount(name, last);
  await checkMark(context, "What was written is in the volume.", { path: again, mark });
  await context.unmount(name, last);
}

/** Each one's next call follows on its last answer. */
function startFreely(context: CaseContext, name: string, ids: readonly string[]): Promise<Answer[]> {
  return Promise.all(
    ids.map(async (id) => {
      if (!finds(await context.driver.get(name), name)) await create(context, name);
      return context.driver.mount(name, id);
    }),
  );
}

/** All wait for the slowest, so that the first Mounts meet. */
async function startInStep(context: CaseContext, name: string, ids: readonly string[]): Promise<Answer[]> {
  await Promise.all(ids.map(() => context.driver.get(name)));
  await Promise.all(ids.map(() => create(context, name)));
  return Promise.all(ids.map((id) => context.driver.mount(name, id)));
}

async function create(context: CaseContext, name: string): Promise<void> {
  const made = await context.driver.create(name, goodOptions(context));
  if (!made.ok) context.observe(`of several Creates at once some fail: ${made.error}`);
}

async function allLeave(context: CaseContext, name: string, ids: readonly string[]): Promise<void> {
  const answers = await Promise.all(ids.map((id) => context.driver.unmount(name, id)));
  const failed = answers.find(({ ok }) => !ok);
  context.check("Every Unmount succeeds.", failed === undefined, failed ? told(failed) : `${ids.length} at once`);
}
