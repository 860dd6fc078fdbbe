import path from "node:path";
import { pathIn } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { checkGone, failureOf, leaveMark, readMark, viewOf } from "../sight.ts";

/** New users of one round at most, and the longest that one of a round's calls is held back. */
const NEWCOMERS = 3;
const DELAY_MS = 6;

/** Unmounts that come while others mount. */
export const lateUnmountCases: readonly VolumeCase[] = [
  {
    id: "M13",
    title: "Late Unmounts among new Mounts",
    severity: "critical",
    action:
      "Round by round lets all old users of a volume unmount while new ones mount it, in random order with random delays; each new one reads the volume's mark and writes a file of its own.",
    requirement:
      "Every path that Mount answers shows the volume from then on until its own Unmount, and no file is lost.",
    reason:
      "Containers of a service end and start together: the seed's late Unmount took the directory away under the next container, which failed with \"no such file or directory\" or wrote to the host's disk.",
    needs: ["mounts"],
    original: [9],
    run: surviveLateUnmounts,
  },
];

/** A container that has the volume. */
interface User {
  id: string;
  path: string;
}

/** What went wrong first. */
class Trouble extends Error {}

/** What all rounds share. */
interface Play {
  context: CaseContext;
  volume: string;
  mark: string;
  /** Files that users have written. */
  files: string[];
}

async function surviveLateUnmounts(context: CaseContext): Promise<void> {
  const volume = await context.volume();
  const first: User = { id: context.mountId(), path: "" };
  first.path = await context.mount(volume, first.id);
  const play: Play = { context, volume, mark: await leaveMark(context, first.path), files: [] };
  let users = [first];
  let round = 0;
  const what = "Every path that Mount answered shows the volume until its own Unmount.";
  try {
    for (; round < context.scale.rounds; round++) users = await playRound(play, users);
  } catch (error) {
    if (!(error instanceof Trouble)) throw error;
    context.demand(what, false, `in round ${round + 1}: ${error.message}`);
  }
  context.check(what, true, `${round} rounds, ${play.files.length} Mounts`);
  await checkFiles(play, users[0]?.path ?? "");
  for (const { id } of users) await context.unmount(volume, id);
  await checkGone(context, "Nothing is mounted after the last Unmount.", first.path);
}

/** All old users leave, new ones come; gives the new ones. @throws Trouble */
async function playRound(play: Play, old: readonly User[]): Promise<User[]> {
  const { random, clock, signal } = play.context;
  const come = Array.from({ length: 1 + random.below(NEWCOMERS) }, () => play.context.mountId());
  const steps = random.shuffled([
    ...old.map((user) => async () => (await leave(play, user), [])),
    ...come.map((id) => async () => [await arrive(play, id)]),
  ]);
  const arrived = await settleAll(
    steps.map(async (step) => {
      await clock.sleep(random.below(DELAY_MS), signal);
      return step();
    }),
  );
  const users = arrived.flat();
  for (const at of new Set(users.map((user) => user.path)))
    await look(play, at, "after the last of the round's Unmounts");
  return users;
}

/** Waits for all, so that no call of one round runs into the next. @throws what the first that failed threw */
async function settleAll<Result>(work: readonly Promise<Result>[]): Promise<Result[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

async function arrive(play: Play, id: string): Promise<User> {
  const { driver, clock, random, signal } = play.context;
  const answer = await driver.mount(play.volume, id);
  const at = pathIn(answer);
  if (at === "") throw new Trouble(`Mount among Unmounts: ${told(answer)}`);
  await look(play, at, "right after Mount");
  const file = id.slice(0, 16);
  const failure = await failureOf(viewOf(play.context).files.write(path.join(at, file), ""));
  if (failure) throw new Trouble(`writing right after Mount: ${failure.message}`);
  play.files.push(file);
  await clock.sleep(random.below(DELAY_MS), signal);
  await look(play, at, "some milliseconds after Mount");
  return { id, path: at };
}

async function leave({ context, volume }: Play, { id }: User): Promise<void> {
  const answer = await context.driver.unmount(volume, id);
  if (!answer.ok) throw new Trouble(`Unmount among Mounts: ${told(answer)}`);
}

async function look({ context, mark }: Play, at: string, when: string): Promise<void> {
  const seen = await readMark(viewOf(context).files, at);
  if (seen !== mark) throw new Trouble(`${at} ${when}: ${seen}`);
}

async function checkFiles({ context, files }: Play, at: string): Promise<void> {
  const there = new Set(await viewOf(context).files.list(at));
  const lost = files.filter((file) => !there.has(file));
  context.check(
    "Every file that was written is in the volume.",
    lost.length === 0,
    `${lost.length} of ${files.length} lost`,
  );
}
