import path from "node:path";
import { isWithin } from "../../../core/mount-info.ts";
import type { Answer } from "../client.ts";
import type { VolumeOptions } from "../model.ts";
import { namedOptions } from "../named-options.ts";
import { denies, finds, pathIn, refuses, volumesIn } from "./answers.ts";
import { type CaseContext, told } from "./case.ts";

/** What came of a name: refused; taken and right all through; broken somewhere; or there before, and left alone. */
export type Fate = "refused" | "taken" | "broken" | "there-before";

/** What the user said is good, as engines send it: null where there is nothing. */
export function goodOptions({ subject }: CaseContext, more: VolumeOptions = {}): VolumeOptions | null {
  const options = { ...subject.options.good, ...more };
  return Object.keys(options).length === 0 ? null : options;
}

/** The same as they stand in a body that the client does not make: filled in for this volume. */
export function goodOptionsOf(context: CaseContext, name: string): VolumeOptions | null {
  const options = goodOptions(context);
  return options && namedOptions(options, name);
}

/** A name for a person to read: as JSON, the middle of a long one left out. */
export function shownName(name: string): string {
  const text = JSON.stringify(name);
  return text.length > 80 ? `${text.slice(0, 40)}... (${name.length} characters)` : text;
}

/** How often List gives just this name. */
export async function timesListed({ driver }: CaseContext, name: string): Promise<number> {
  return volumesIn(await driver.list()).filter((volume) => volume.name === name).length;
}

/** Whether a name is in use by somebody; such a volume is none of the suite's. */
export async function isThere({ driver }: CaseContext, name: string): Promise<boolean> {
  return !denies(await driver.get(name));
}

/** Absolute, without `.`, `..`, doubled slashes or one at the end. */
export function isCleanPath(text: string): boolean {
  return path.isAbsolute(text) && path.normalize(text) === text && (text === "/" || !text.endsWith("/"));
}

/**
 * Takes a name through Create, Get, List, Mount, Unmount and Remove, and checks that it is refused with words or right
 * all the way. A volume that was there before is not touched.
 */
export async function tryName(context: CaseContext, name: string): Promise<Fate> {
  const { driver, check } = context;
  const shown = shownName(name);
  if (finds(await driver.get(name), name)) return "there-before";
  const made = await driver.create(name, goodOptions(context));
  if (refuses(made)) {
    const left = await driver.get(name);
    const right = check("A name that Create refuses is not there afterwards.", denies(left), `${shown}: ${told(left)}`);
    return right ? "refused" : "broken";
  }
  const what = "Create takes a name, or refuses it with words.";
  if (!check(what, made.ok, `${shown}: ${told(made)}`)) return "broken";
  const isKept = await checkKept(context, name);
  const isMounted = await checkMountable(context, name);
  const removed = await driver.remove(name);
  const isRemoved = check("A name that Create takes can be removed.", removed.ok, `${shown}: ${told(removed)}`);
  return isKept && isMounted && isRemoved ? "taken" : "broken";
}

/** Checks that Get and List know a volume by just this name. */
export async function checkKept(context: CaseContext, name: string): Promise<boolean> {
  const { driver, check } = context;
  const got = await driver.get(name);
  const count = await timesListed(context, name);
  const isFound = check(
    "Get gives a name that Create took back, byte by byte.",
    finds(got, name),
    `${shownName(name)}: ${told(got)}`,
  );
  const what = "List gives a name that Create took once, byte by byte.";
  return check(what, count === 1, `${shownName(name)} ${count} times`) && isFound;
}

async function checkMountable(context: CaseContext, name: string): Promise<boolean> {
  const { driver, check, mountId } = context;
  const shown = shownName(name);
  const id = mountId();
  const mounted = await driver.mount(name, id);
  const isRight = checkPath(context, shown, mounted);
  const unmounted = await driver.unmount(name, id);
  return check("A name that Create takes can be unmounted.", unmounted.ok, `${shown}: ${told(unmounted)}`) && isRight;
}

function checkPath({ check, subject }: CaseContext, shown: string, mounted: Answer): boolean {
  const place = pathIn(mounted);
  const seen = `${shown}: ${told(mounted)}`;
  if (!check("Mount of a name that Create took answers an absolute, clean path.", isCleanPath(place), seen))
    return false;
  if (!subject.mounts) return true;
  const { root } = subject.mounts;
  const what = "Mount of a name that Create took answers a path below the driver's root.";
  return check(what, place !== root && isWithin(place, root), `${seen}; the root is ${root}`);
}
