import { denies } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { shownName, tryName } from "../exact-names.ts";
import { isServed, watchLife } from "../vital.ts";
import { type Canary, checkCanary, setCanary } from "./canary.ts";
import { OWN_NAMES, pathNames, shellNames } from "./hostile-names.ts";
import { type Traces, watchSurroundings } from "./surroundings.ts";

const TRIED_ON_OWN_ONLY =
  "names `.` and `..` were not tried: the suite has not started this driver, and one that falls for them would remove what lies around its volumes";

/** Bare ones only where the driver has a host that the suite made for it. */
function pathNamesFor(context: CaseContext, token: string, canary: Canary): readonly string[] {
  const { marked, bare } = pathNames(token, canary.name);
  if (isServed(context)) return [...marked, ...bare];
  context.observe(TRIED_ON_OWN_ONLY);
  return marked;
}

interface NameTrial {
  /** What the names are. */
  words: string;
  names: readonly string[];
  canary: Canary;
  traces: Traces;
}

/** Tries names one after another and checks after all of them that nothing else was touched. */
async function tryAll(context: CaseContext, { words, names, canary, traces }: NameTrial): Promise<void> {
  const lives = watchLife(context);
  const surroundings = await watchSurroundings(context, traces);
  const fates = new Map<string, number>();
  for (const name of names) {
    const fate = await tryName(context, name);
    fates.set(fate, (fates.get(fate) ?? 0) + 1);
  }
  context.observe([...fates].map(([fate, count]) => `${fate}: ${count} names`).join(", "));
  await lives(words);
  await checkCanary(context, canary);
  await surroundings?.(`Volumes with ${words}`);
}

const pathsInNames: VolumeCase = {
  id: "N02",
  title: "Names that are paths",
  severity: "critical",
  action:
    "Volumes with `/`, `..`, `\\` and encoded ones in their names, made, mounted and removed; what lies around the root before and after.",
  requirement:
    "The name is refused, or is a name like any other: nothing outside the root is made, mounted or removed.",
  reason:
    "Engines on Linux pass the names of a driver's volumes on as the user wrote them, `../../etc` too. A driver that joins them into a path makes and deletes directories anywhere on the host.",
  needs: [],
  run: async (context) => {
    const token = context.name();
    const canary = await setCanary(context);
    const names = pathNamesFor(context, token, canary);
    await tryAll(context, { words: "paths for names", names, canary, traces: { token, files: [] } });
  },
};

const commandsInNames: VolumeCase = {
  id: "N03",
  title: "Names that are commands",
  severity: "critical",
  action:
    "Volumes whose names hold `;`, `$( )`, backticks, pipes, newlines, quotes, blanks, globs or begin with a dash.",
  requirement: "The name is refused or is a name like any other: no command of it has run, no glob of it was expanded.",
  reason:
    'Drivers of the field put the name into `sh -c "mount ..."`; whoever may create a volume is root of the host then.',
  needs: [],
  run: async (context) => {
    const token = context.name();
    const canary = await setCanary(context);
    const file = `${token}-ran`;
    const names = shellNames(`${token}-`, file, canary.name);
    const traces = { token: file, files: [file] };
    await tryAll(context, { words: "commands for names", names, canary, traces });
  },
};

const missingNames: VolumeCase = {
  id: "N08",
  title: "Such names where there is no such volume",
  severity: "critical",
  action:
    "Get, Path, Mount, Unmount and Remove of names that are paths, commands or a driver's own, none of which is a volume.",
  requirement: "Get, Path and Mount are errors; no path is touched by any of them.",
  reason:
    "The engine sends Unmount and Remove for what it remembers, and drivers check names in Create only: Remove of `../x` deletes what no Create has made.",
  needs: [],
  run: async (context) => {
    const token = context.name();
    const canary = await setCanary(context);
    const file = `${token}-ran`;
    const names = [
      ...pathNamesFor(context, token, canary),
      ...shellNames(`${token}-`, file, canary.name),
      ...OWN_NAMES.map((own) => `${token}${own}`),
      ...["", `${token}\u0000x`, `${token}\u0007`, token.repeat(200)],
    ];
    const lives = watchLife(context);
    const surroundings = await watchSurroundings(context, { token, files: [file] });
    for (const name of names) await tryMissing(context, name);
    await lives("calls for volumes that are not there");
    await checkCanary(context, canary);
    await surroundings?.("Calls for volumes that are not there");
  },
};

/** Remove and Unmount of what is not there may succeed: then it is as asked. */
async function tryMissing(context: CaseContext, name: string): Promise<void> {
  const { driver, check, mountId } = context;
  const id = mountId();
  const shown = shownName(name);
  const got = await driver.get(name);
  check("Get of a name that no volume has finds none.", denies(got), `${shown}: ${told(got)}`);
  for (const answer of [await driver.path(name), await driver.mount(name, id)]) {
    const right = !answer.ok && answer.silence === undefined;
    check("Path and Mount of a name that no volume has are errors.", right, `${shown}: ${told(answer)}`);
  }
  for (const answer of [await driver.unmount(name, id), await driver.remove(name)])
    check(
      "Unmount and Remove of a name that no volume has are answered.",
      answer.silence === undefined,
      `${shown}: ${told(answer)}`,
    );
}

export const injectionCases = { pathsInNames, commandsInNames, missingNames };
