import path from "node:path";
import { isWithin, type MountPoint, mountHolding } from "../../../core/mount-info.ts";
import { HandsFailed, type MountView } from "../subject.ts";
import type { CaseContext } from "./case.ts";
import { comesTrue } from "./waiting.ts";

/** A driver's mounts may take so long to go after the last Unmount. */
const LINGER_MS = 5000;
const MARK_FILE = "seatrial-mark";

/** A volume that is mounted, and the text in a file of it that no other has. */
export interface MarkedVolume {
  name: string;
  /** The mount ID that it was first mounted with. */
  id: string;
  path: string;
  mark: string;
}

/** What the driver mounts. @throws Error for a case that does not say that it needs mounts */
export function viewOf({ subject }: CaseContext): MountView {
  if (!subject.mounts) throw new Error("the case looks at mounts and does not say that it needs them");
  return subject.mounts;
}

/** Makes a volume, mounts it and leaves a mark in it; ends the case where that fails. */
export async function markedVolume(context: CaseContext): Promise<MarkedVolume> {
  const name = await context.volume();
  const id = context.mountId();
  const directory = await context.mount(name, id);
  return { name, id, path: directory, mark: await leaveMark(context, directory) };
}

/** Writes a text that is nowhere else; ends the case where nothing can be written. */
export async function leaveMark(context: CaseContext, directory: string, view = viewOf(context)): Promise<string> {
  const mark = `mark-${context.mountId().slice(0, 16)}`;
  const failure = await failureOf(view.files.write(path.join(directory, MARK_FILE), mark));
  if (failure)
    context.demand("A file can be written at the path that Mount answers.", false, `${directory}: ${failure}`);
  return mark;
}

/** The mark at the path, or why there is none. */
export async function readMark(files: Pick<MountView["files"], "read">, directory: string): Promise<string> {
  return textAt(files, path.join(directory, MARK_FILE));
}

/** Checks that a volume's mark can be read, at its path or at another. */
export async function checkMark(
  context: CaseContext,
  what: string,
  { path: directory, mark }: Pick<MarkedVolume, "path" | "mark">,
): Promise<boolean> {
  const seen = await readMark(viewOf(context).files, directory);
  return context.check(what, seen === mark, `${seen} at ${directory}; the volume's mark is ${mark}`);
}

/** Checks that nothing is mounted at the path any more, at once or a little later. */
export async function checkGone(context: CaseContext, what: string, directory: string): Promise<boolean> {
  const gone = await comesTrue(context, LINGER_MS, async () => (await mountsAt(context, directory)).length === 0);
  const left = gone ? [] : await mountsAt(context, directory);
  return context.check(what, gone, gone ? `nothing is mounted at ${directory}` : left.map(toldMount).join("; "));
}

/** What is mounted at just this path, oldest first. */
export async function mountsAt(context: CaseContext, directory: string): Promise<MountPoint[]> {
  return (await viewOf(context).table()).filter((mount) => mount.path === path.normalize(directory));
}

/** The mount that holds the path where it is one of the driver's: below its root, and not the root itself. */
export async function ownMount(context: CaseContext, directory: string): Promise<MountPoint | undefined> {
  const view = viewOf(context);
  const mount = mountHolding(await view.table(), path.normalize(directory));
  return mount && mount.path !== view.root && isWithin(mount.path, view.root) ? mount : undefined;
}

/** What is to be seen of volumes below the driver's root: mounts, and entries of its first two levels. */
export async function tracesBelowRoot(context: CaseContext): Promise<string[]> {
  const view = viewOf(context);
  const { root, files } = view;
  const mounted = (await view.table()).filter((mount) => isWithin(mount.path, root));
  const traces = mounted.map(toldMount);
  for (const entry of await files.list(root)) {
    const below = path.join(root, entry);
    traces.push(below);
    // Below a mount is what the volumes have in them.
    if (mounted.some((mount) => mount.path === below) || (await files.stat(below))?.kind !== "directory") continue;
    traces.push(...(await files.list(below)).map((inner) => path.join(below, inner)));
  }
  return traces;
}

/** A file's text, or why it cannot be read. */
export async function textAt(files: Pick<MountView["files"], "read">, file: string): Promise<string> {
  try {
    return await files.read(file);
  } catch (error) {
    if (error instanceof HandsFailed) return error.message;
    throw error;
  }
}

/** `bind of /dev/sda1 on /path` */
export function toldMount({ type, path: directory, source }: MountPoint): string {
  return `${type} of ${source} on ${directory}`;
}

/** Why the host's system refused; undefined where it did not. */
export async function failureOf(work: Promise<unknown>): Promise<HandsFailed | undefined> {
  try {
    await work;
    return undefined;
  } catch (error) {
    if (error instanceof HandsFailed) return error;
    throw error;
  }
}
