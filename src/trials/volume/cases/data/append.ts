import path from "node:path";
import type { FileHands } from "../../subject.ts";
import type { CaseContext, VolumeCase } from "../case.ts";
import { mountThere, otherHost, otherView, SEEN_WITHIN_MS } from "../hosts.ts";
import { failureOf, textAt, viewOf } from "../sight.ts";
import { comesTrue } from "../waiting.ts";

const LINES = 25;
/** Every writer gets the lock by then. */
const LOCK_LIMIT_MS = 30_000;

/** Files that two hosts write to. */
export const appendCases: readonly VolumeCase[] = [
  {
    id: "D11",
    title: "Two hosts append to one file",
    severity: "high",
    action:
      "Lets two writers on each host append lines to one file, opened under a lock that all take; then to another without any lock.",
    requirement: "With the lock every line is there on both hosts. What is lost without one is told, and not judged.",
    reason:
      "Logs and queues of a replicated service are appended to from several hosts. User-space clients take the end of a file from their own cache, so that even O_APPEND overwrites; a file opened under the lock must show the end as it is.",
    needs: ["mounts", "peer"],
    run: keepsEveryLine,
  },
];

/** One who appends, on one of the hosts. */
interface Writer {
  name: string;
  files: FileHands;
  directory: string;
}

async function keepsEveryLine(context: CaseContext): Promise<void> {
  const there = otherHost(context);
  const name = await context.volume();
  const here = { files: viewOf(context).files, directory: await context.mount(name, context.mountId()) };
  const away = { files: otherView(context, there).files, directory: await mountThere(context, there, name) };
  const writers = [here, here, away, away].map((side, index) => ({ ...side, name: `w${index}` }));
  await Promise.all(writers.map((writer) => appendLines(context, writer, "locked", true)));
  const all = writers.length * LINES;
  for (const { files, directory } of [here, away]) {
    const isWhole = await comesTrue(
      context,
      SEEN_WITHIN_MS,
      async () => (await countLines(files, directory, "locked")) === all,
    );
    const count = await countLines(files, directory, "locked");
    context.check("Under a lock every line is there, on each host.", isWhole, `${count} of ${all} lines`);
  }
  await Promise.all(writers.map((writer) => appendLines(context, writer, "bare", false)));
  context.observe(
    `appending from two hosts without a lock keeps ${await countLines(here.files, here.directory, "bare")} of ${all} lines`,
  );
}

async function appendLines(
  context: CaseContext,
  { name, files, directory }: Writer,
  file: string,
  isLocked: boolean,
): Promise<void> {
  for (let line = 0; line < LINES; line++) {
    if (isLocked) await takeLock(context, files, directory);
    await files.append(path.join(directory, file), `${name}-${line}\n`);
    if (isLocked) await files.remove(lockIn(directory));
  }
}

/** A link can be made by one only, on every file system that several hosts share. */
async function takeLock(context: CaseContext, files: FileHands, directory: string): Promise<void> {
  const isMine = async () => (await failureOf(files.link("held", lockIn(directory)))) === undefined;
  if (await comesTrue(context, LOCK_LIMIT_MS, isMine)) return;
  const seen = `the lock was not free for ${LOCK_LIMIT_MS / 1000} s`;
  context.demand("A link is made by one host after the other.", false, seen);
}

function lockIn(directory: string): string {
  return path.join(directory, "lock");
}

/** Lines that are there and whole. */
async function countLines(files: FileHands, directory: string, file: string): Promise<number> {
  const lines = (await textAt(files, path.join(directory, file))).split("\n");
  return new Set(lines.filter((line) => /^w\d-\d+$/.test(line))).size;
}
