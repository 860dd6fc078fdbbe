import fs from "node:fs";
import path from "node:path";
import { isWithin } from "../../../../core/mount-info.ts";
import { HandsFailed, type MountView } from "../../subject.ts";
import type { CaseContext } from "../case.ts";
import { whereOffered } from "../vital.ts";

/** What names may do outside the driver's root, and traces by which that is seen. */
export interface Traces {
  /** Whatever has this in its name was made by a name of the case. */
  token: string;
  /** Files that exist only when a name was run as a command. */
  files: readonly string[];
}

/**
 * Remembers what lies around the driver's root and its state: a directory that others use as well is only looked through
 * for traces. What it gives checks that there are none, that a file beside the root is whole, and that nothing is mounted
 * outside. Undefined where mounts cannot be seen.
 */
export async function watchSurroundings(
  context: CaseContext,
  { token, files }: Traces,
): Promise<((words: string) => Promise<void>) | undefined> {
  const { subject, check } = context;
  const { mounts } = subject;
  if (!mounts) return undefined;
  const places = await placesAround(context, mounts);
  const beside = await leaveFile(context, mounts, path.join(path.dirname(mounts.root), `seatrial-${token}`));
  const mountedBefore = await mountedOutside(mounts);
  return async (words) => {
    const traces = await tracesIn(mounts, places, { token, files });
    const found = traces.filter((trace) => trace !== beside);
    const what = `${words} leave nothing outside the driver's root.`;
    check(what, found.length === 0, found.length === 0 ? `looked in ${places.join(", ")}` : found.join(", "));
    const come = (await mountedOutside(mounts)).filter((mount) => !mountedBefore.includes(mount));
    const strange = come.filter((mount) => mount.includes(token) || places.includes(mount));
    check(`${words} mount nothing outside the driver's root.`, strange.length === 0, strange.join(", ") || "nothing");
    if (beside === undefined) return;
    const left = await mounts.files.stat(beside);
    check(
      `${words} remove nothing outside the driver's root.`,
      left !== undefined,
      `${beside} is ${left ? "there" : "gone"}`,
    );
  };
}

/** Directories above the root and above the state, those where commands run, and the ones for temporary files. */
async function placesAround({ subject }: CaseContext, { root }: MountView): Promise<string[]> {
  const { process } = subject;
  const pid = process?.pid();
  const where = pid === undefined ? undefined : await fs.promises.readlink(`/proc/${pid}/cwd`).catch(() => undefined);
  const statePath = await whereOffered(() => process?.statePath);
  const above = [root, ...(statePath === undefined ? [] : [statePath])].flatMap(ancestorsOf);
  return [...new Set([...above, ...(where === undefined ? [] : [where]), "/tmp", "/var/tmp"])];
}

function ancestorsOf(directory: string): string[] {
  const parent = path.dirname(directory);
  return parent === directory ? [] : [parent, ...ancestorsOf(parent)];
}

/** Undefined where it cannot be made. */
async function leaveFile({ defer }: CaseContext, { files }: MountView, file: string): Promise<string | undefined> {
  try {
    await files.write(file, "whoever removes this has left the driver's root\n");
    defer(() => files.remove(file));
    return file;
  } catch (error) {
    if (error instanceof HandsFailed) return undefined;
    throw error;
  }
}

async function tracesIn({ files }: MountView, places: readonly string[], traces: Traces): Promise<string[]> {
  const found: string[] = [];
  for (const place of places) {
    const names = await files.list(place).catch(() => []);
    const ours = names.filter((name) => name.includes(traces.token) || traces.files.includes(name));
    found.push(...ours.map((name) => path.join(place, name)));
  }
  return found;
}

async function mountedOutside(mounts: MountView): Promise<string[]> {
  return (await mounts.table()).map((mount) => mount.path).filter((place) => !isWithin(place, mounts.root));
}
