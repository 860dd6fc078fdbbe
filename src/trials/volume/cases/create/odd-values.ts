import { isObject } from "../../client.ts";
import type { VolumeOptions } from "../../model.ts";
import { denies, refuses, volumeIn } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { timesListed } from "../exact-names.ts";
import { mountsAt, toldMount } from "../sight.ts";
import { watchLife } from "../vital.ts";

/** Options of a mount that a value may bring along, and that are seen when they have been taken. */
const SEEN_FLAGS = ["noexec", "nosuid", "ro"] as const;

const valuesWithCommas: VolumeCase = {
  id: "C08",
  title: "Values that would be more than one",
  severity: "critical",
  action: "Create with values in which a comma, a newline or an equals sign begins another option.",
  requirement: "The value is refused, or is one value to the end: no part of it becomes an option.",
  reason:
    "Drivers put values into the one text of `mount -o`: `size=1G,secret=...` or `x,dev,suid` becomes an option that the driver never meant to allow.",
  needs: [],
  run: async (context) => {
    const lives = watchLife(context);
    const plain = await flagsOf(context, await context.volume());
    for (const options of valuesToTry(context)) await tryValue(context, options, plain);
    await lives("odd values");
  },
};

/** Each with a part that looks like another option, of which `noexec` and the like would show. */
function valuesToTry({ subject }: CaseContext): VolumeOptions[] {
  const { good, other = {} } = subject.options;
  const tails = [
    ...SEEN_FLAGS.map((flag) => `,${flag}`),
    "\nnoexec",
    "\n",
    ",seatrial=1",
    "=noexec",
    ",",
    " -o noexec",
  ];
  const known = { ...good, ...other };
  const entries = Object.keys(known).length === 0 ? [["seatrial", "x"] as const] : Object.entries(known);
  const values = entries.flatMap(([key, value]) => tails.map((tail) => ({ ...good, [key]: value + tail })));
  return [...values, { ...good, "a,noexec": "x" }, { ...good, "a=b,noexec": "" }, { ...good, "a\nnoexec": "x" }];
}

async function tryValue(context: CaseContext, options: VolumeOptions, plain: readonly string[]): Promise<void> {
  const { driver, name, check, observe } = context;
  const volume = name();
  const shown = JSON.stringify(options);
  const made = await driver.create(volume, options);
  const what = "Create takes such a value or refuses it with words.";
  if (!check(what, made.ok || refuses(made), `${shown}: ${told(made)}`)) return;
  const got = await driver.get(volume);
  const count = await timesListed(context, volume);
  const isAsSaid = made.ok ? count === 1 : count === 0 && denies(got);
  check("There is one volume where Create succeeded and none where it did not.", isAsSaid, `${shown}: ${told(got)}`);
  if (!made.ok) return;
  observe(`a value such as ${shown} is taken`);
  const status = volumeIn(got)?.status;
  const isPart = isObject(status) && ["seatrial", ...SEEN_FLAGS].some((key) => key in status && !(key in options));
  check("What Get says of the volume holds no option out of a value.", !isPart, `${shown}: ${told(got)}`);
  const flags = (await flagsOf(context, volume)).filter((flag) => !plain.includes(flag));
  const injected = flags.filter((flag) => SEEN_FLAGS.some((one) => flag.includes(one)) && !options[flag]);
  check("No part of a value has become an option of the mount.", injected.length === 0, `${shown}: ${injected.join()}`);
}

/** How the volume is mounted, where that can be seen. A mount that is refused shows that the value was not taken apart. */
async function flagsOf(context: CaseContext, volume: string): Promise<string[]> {
  const { driver, mountId, subject, check } = context;
  if (!subject.mounts) return [];
  const id = mountId();
  const mounted = await driver.mount(volume, id);
  if (!mounted.ok) return [];
  const mountpoint = isObject(mounted.json) ? String(mounted.json["Mountpoint"]) : "";
  const mounts = await mountsAt(context, mountpoint);
  const unmounted = await driver.unmount(volume, id);
  check("What was mounted is unmounted again.", unmounted.ok, `${mounts.map(toldMount).join()}: ${told(unmounted)}`);
  return mounts.flatMap(({ options, superOptions }) => [...options, ...superOptions]);
}

export const oddValueCases = { valuesWithCommas };
