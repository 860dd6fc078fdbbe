import path from "node:path";
import { refuses } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import type { HeldFile } from "../../subject.ts";
import {
  checkGone,
  checkMark,
  failureOf,
  type MarkedVolume,
  markedVolume,
  mountsAt,
  readMark,
  textAt,
  viewOf,
} from "../sight.ts";
import { comesTrue, seconds } from "../waiting.ts";

/** Engines wait so long for Unmount. */
const ENGINE_MS = 60_000;
/** A later unmount may take so long. */
const LATER_MS = 30_000;

/** Unmount of what is still in use. */
export const inUseCases: readonly VolumeCase[] = [
  {
    id: "M15",
    title: "Unmount while a file is open",
    severity: "critical",
    action: "Keeps a file of the volume open, unmounts, goes on writing through it, closes it and mounts again.",
    requirement:
      "Unmount is answered within 60 s, with success or an error; the open file goes on working, and all that was written is there.",
    reason:
      "A process that lives on has files open when its container's Unmount comes; `umount -f` ends them with ENOTCONN or EIO, and for a kernel client takes the whole file system down.",
    needs: ["mounts"],
    run: sparesOpenFiles,
  },
  {
    id: "M16",
    title: "A container's bind outlives the last Unmount",
    severity: "critical",
    action: "Binds the path into another mount namespace, as a container has it, unmounts, and works in the bind.",
    requirement: "The bind reads and writes the volume after the last Unmount.",
    reason:
      "Containers live through restarts of their engine, which may unmount on the host what they still use; only force takes it from them.",
    needs: ["mounts"],
    run: sparesBinds,
  },
];

async function sparesOpenFiles(context: CaseContext): Promise<void> {
  const volume = await markedVolume(context);
  const file = path.join(volume.path, "open");
  let wasRefused = false;
  {
    await using held = await viewOf(context).files.hold(file);
    await checkHeld(context, held, { write: "before;", all: "before;" });
    const answer = await context.driver.unmount(volume.name, volume.id);
    const durationMs = answer.durationNs / 1e6;
    context.check("Unmount succeeds or is refused with an error.", answer.ok || refuses(answer), told(answer));
    context.check("Unmount is answered within 60 s.", durationMs < ENGINE_MS, `after ${seconds(durationMs)}`);
    wasRefused = !answer.ok;
    context.observe(`Unmount while a file is open ${answer.ok ? "succeeds, and the mount goes later" : "is an error"}`);
    await checkHeld(context, held, { write: "after;", all: "before;after;" });
  }
  await goesOnceClosed(context, volume, wasRefused);
  const later = await context.mount(volume.name, context.mountId());
  await checkMark(context, "A later Mount shows the volume.", { ...volume, path: later });
  const written = await textAt(viewOf(context).files, path.join(later, "open"));
  context.check("What the open file was given is in the volume.", written === "before;after;", written);
}

async function checkHeld(
  context: CaseContext,
  held: HeldFile,
  { write, all }: { write: string; all: string },
): Promise<void> {
  const failure = await failureOf(held.write(write));
  context.check("The open file can be written to.", failure === undefined, failure?.message ?? "written and synced");
  const seen = await textAt({ read: () => held.read() }, "");
  context.check("The open file shows all that was written to it.", seen === all, seen);
}

/** An Unmount that was refused is sent again. One that succeeded is not, by engines: the driver has to finish it itself. */
async function goesOnceClosed(
  context: CaseContext,
  { name, id, path: at }: MarkedVolume,
  wasRefused: boolean,
): Promise<void> {
  const laterMs = Math.min(LATER_MS, context.scale.patienceMs);
  const isGone = async () => (await mountsAt(context, at)).length === 0;
  if (wasRefused) await context.unmount(name, id);
  else if (!(await comesTrue(context, laterMs, isGone))) {
    const again = context.mountId();
    await context.mount(name, again);
    await context.unmount(name, again);
  }
  await checkGone(context, "The mount goes when the file is closed.", at);
}

async function sparesBinds(context: CaseContext): Promise<void> {
  const { name, id, path: at, mark } = await markedVolume(context);
  await using bound = await viewOf(context).files.bind(at);
  const before = await readMark(bound.files, bound.path);
  if (before !== mark) throw new Error(`the bind does not show the volume: ${before}`);
  await context.unmount(name, id);
  await comesTrue(context, 500, async () => (await mountsAt(context, at)).length === 0);
  const after = await readMark(bound.files, bound.path);
  context.check("The bind reads the volume after the last Unmount.", after === mark, after);
  const failure = await failureOf(bound.files.write(path.join(bound.path, "late"), "late"));
  context.check(
    "The bind writes to the volume after the last Unmount.",
    failure === undefined,
    failure?.message ?? "written",
  );
  const later = await context.mount(name, context.mountId());
  const seen = await textAt(viewOf(context).files, path.join(later, "late"));
  context.check("A later Mount shows what the bind has written.", seen === "late", seen);
}
