import path from "node:path";
import { isWithin } from "../../../../core/mount-info.ts";
import type { CaseContext, VolumeCase } from "../case.ts";
import { mountThere, otherHost, otherView, SEEN_WITHIN_MS } from "../hosts.ts";
import { checkMark, failureOf, type MarkedVolume, markedVolume, readMark, textAt, viewOf } from "../sight.ts";
import { comesTrue } from "../waiting.ts";

/** A text of several blocks. */
const LONG_CHARACTERS = 1 << 20;

/** Data that stays where it belongs. */
export const keptCases: readonly VolumeCase[] = [
  {
    id: "D02",
    title: "What one host has written another reads",
    severity: "critical",
    action: "Mounts a volume on both hosts; each writes, replaces, appends and removes a file, and the other looks.",
    requirement: "Each change is seen on the other host within 5 s of the file's close.",
    reason:
      "A service whose container moves to another host reads there what it wrote before; old data without an error is worse than none.",
    needs: ["mounts", "peer"],
    run: readsAcrossHosts,
  },
  {
    id: "D03",
    title: "Data outlives Unmount and a restart of the driver",
    severity: "critical",
    action:
      "Writes a small and a long file and a directory, and reads them after an Unmount, after a restart of the driver, and after both.",
    requirement: "All is as it was written.",
    reason: "Containers come and go, drivers are upgraded: keeping data beyond that is what a volume is for.",
    needs: ["mounts", "process"],
    run: outlivesRestarts,
  },
  {
    id: "D04",
    title: "Nothing of one volume is seen in another",
    severity: "critical",
    action:
      "Mounts two volumes, writes files in one, and looks at the other, at the host's paths and as two containers see them.",
    requirement: "Neither volume's path lies in the other, and no file that is written in one appears in the other.",
    reason: "Volumes belong to different tenants: a container's root directory for one of them is the border.",
    needs: ["mounts"],
    run: keepsApart,
  },
];

async function readsAcrossHosts(context: CaseContext): Promise<void> {
  const there = otherHost(context);
  const other = otherView(context, there).files;
  const { files } = viewOf(context);
  const volume = await markedVolume(context);
  const away = await mountThere(context, there, volume.name);
  const sides = [
    { writer: files, from: volume.path, reader: other, to: away },
    { writer: other, from: away, reader: files, to: volume.path },
  ];
  for (const [index, { writer, from, reader, to }] of sides.entries()) {
    const file = `shared-${index}`;
    const source = path.join(from, file);
    const sees = async (what: string, text: string) => {
      const read = () => textAt(reader, path.join(to, file));
      const isSeen = await comesTrue(context, SEEN_WITHIN_MS, async () => (await read()) === text);
      return [what, isSeen, `${text}; read: ${await read()}`] as const;
    };
    await writer.write(source, "first");
    context.demand(...(await sees("A new file is read on the other host.", "first")));
    await writer.write(source, "again");
    context.check(...(await sees("A replaced file of the same length is read on the other host.", "again")));
    await writer.append(source, "+more");
    context.check(...(await sees("What was appended is read on the other host.", "again+more")));
    await writer.remove(source);
    const isGone = await comesTrue(
      context,
      SEEN_WITHIN_MS,
      async () => (await reader.stat(path.join(to, file))) === undefined,
    );
    context.check("A removed file is gone on the other host.", isGone, isGone ? "gone" : "still there");
  }
}

async function outlivesRestarts(context: CaseContext): Promise<void> {
  const { process } = context.subject;
  if (!process) throw new Error("the case restarts the driver and does not say that it needs to");
  const restart = async () => {
    await process.stop();
    await process.start();
  };
  const volume = await markedVolume(context);
  const long = context.mountId().repeat(LONG_CHARACTERS / 64);
  await fillWith(context, volume.path, long);
  await context.unmount(volume.name, volume.id);
  const id = context.mountId();
  await checkKept(context, "after Unmount and Mount", { ...volume, path: await context.mount(volume.name, id) }, long);
  await restart();
  const mounted = { ...volume, path: await context.mount(volume.name, id) };
  await checkKept(context, "after a restart of the driver while it was mounted, and Mount", mounted, long);
  await context.unmount(volume.name, id);
  await restart();
  const later = await context.mount(volume.name, context.mountId());
  await checkKept(context, "after Unmount, a restart of the driver and Mount", { ...volume, path: later }, long);
}

async function fillWith(context: CaseContext, directory: string, long: string): Promise<void> {
  const { files } = viewOf(context);
  await files.makeDirectory(path.join(directory, "below"));
  const failure = await failureOf(files.write(path.join(directory, "below", "long"), long));
  context.demand("1 MiB can be written.", failure === undefined, failure?.message ?? "written");
}

async function checkKept(context: CaseContext, when: string, volume: MarkedVolume, long: string): Promise<void> {
  await checkMark(context, `A small file is as it was written, ${when}.`, volume);
  const read = await textAt(viewOf(context).files, path.join(volume.path, "below", "long"));
  const seen = read === long ? "as it was written" : `${read.length} characters: ${read.slice(0, 80)}`;
  context.check(`A file of 1 MiB is as it was written, ${when}.`, read === long, seen);
}

async function keepsApart(context: CaseContext): Promise<void> {
  const { files } = viewOf(context);
  const name = await context.volume();
  const empty = await context.mount(name, context.mountId());
  const before = await files.list(empty);
  const one = await markedVolume(context);
  const nested = isWithin(one.path, empty) || isWithin(empty, one.path);
  context.check("Neither volume's path lies in the other's.", !nested, `${one.path} and ${empty}`);
  const entries = await files.list(empty);
  const isSame = entries.join() === before.join();
  context.check("Nothing appears in one volume while another is filled.", isSame, entries.join(", "));
  await using inside = await files.bind(empty);
  const seen = await readMark(inside.files, inside.path);
  context.check("A container of one volume does not see another's file.", seen !== one.mark, seen);
  await inside.files.write(path.join(inside.path, "own"), "own");
  const leaked = await files.stat(path.join(one.path, "own"));
  context.check(
    "What a container writes does not come to another volume.",
    leaked === undefined,
    `own: ${leaked?.kind ?? "nothing"}`,
  );
  await checkMark(context, "The other volume has what it had.", one);
}
