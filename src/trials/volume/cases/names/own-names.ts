import { denies } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { goodOptions, shownName, tryName } from "../exact-names.ts";
import { takeStock } from "../stock.ts";
import { isServed, watchLife, whereOffered } from "../vital.ts";
import { checkCanary, setCanary } from "./canary.ts";
import { LANGUAGE_NAMES, OWN_NAMES } from "./hostile-names.ts";

/** Of what lies in the driver's directories, so many at most. */
const MOST_FOUND = 20;
const ONLY_ASKED =
  "a driver's own names were asked for and not made: the suite has not started this driver, and one that falls for them would remove what it needs";

const ownNames: VolumeCase = {
  id: "N07",
  title: "Names that are the driver's own",
  severity: "critical",
  action:
    "The empty name; volumes named as drivers name their own files, and as what lies below the driver's root and in its state is named.",
  requirement: "The empty name is an error; each other one is refused or a volume apart from what the driver needs.",
  reason:
    'Remove of a volume `state` that is the driver\'s own directory takes all others with it, and the engine sometimes asks for the volume "" when it starts.',
  needs: [],
  run: async (context) => {
    const { subject, driver, check, observe } = context;
    const lives = watchLife(context);
    const canary = await setCanary(context);
    const isUnchanged = await takeStock(context);
    await tryEmptyName(context);
    const names = [...OWN_NAMES, ...LANGUAGE_NAMES, ...(await namesFound(context))].filter(
      (name) => name !== canary.name,
    );
    if (!isServed(context)) observe(ONLY_ASKED);
    for (const name of new Set(names)) {
      const got = await driver.get(name);
      const isVolume = (await isUsers(context, name)) && !denies(got);
      if (isVolume) continue;
      check(
        "Get finds nothing under a name that is the driver's own.",
        denies(got),
        `${shownName(name)}: ${told(got)}`,
      );
      if (isServed(context)) await tryName(context, name);
    }
    await lives("a driver's own names");
    await isUnchanged("A driver's own names have made and removed nothing but their volumes.");
    await checkCanary(context, canary);
    if (subject.process) await checkAfterRestart(context, canary);
  },
};

/** One that List gives is somebody's volume. */
async function isUsers({ driver }: CaseContext, name: string): Promise<boolean> {
  return (await driver.list()).text.includes(JSON.stringify(name));
}

async function tryEmptyName(context: CaseContext): Promise<void> {
  const { driver, check, mountId } = context;
  const id = mountId();
  const got = await driver.get("");
  check("Get of the empty name finds nothing.", denies(got), told(got));
  const others = [
    await driver.create("", goodOptions(context)),
    await driver.path(""),
    await driver.mount("", id),
    await driver.remove(""),
  ];
  for (const answer of others) {
    const isError = !answer.ok && answer.silence === undefined;
    check("Create, Path, Mount and Remove of the empty name are errors.", isError, told(answer));
  }
}

async function namesFound({ subject }: CaseContext): Promise<string[]> {
  const { mounts, process } = subject;
  if (!mounts) return [];
  const statePath = await whereOffered(() => process?.statePath);
  const places = [mounts.root, ...(statePath === undefined ? [] : [statePath])];
  const lists = await Promise.all(places.map((place) => mounts.files.list(place).catch(() => [])));
  return lists.flat().slice(0, MOST_FOUND);
}

async function checkAfterRestart(context: CaseContext, canary: Awaited<ReturnType<typeof setCanary>>): Promise<void> {
  const { subject } = context;
  await subject.process?.stop();
  await subject.process?.start();
  await checkCanary(context, canary);
}

export const ownNameCases = { ownNames };
