import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { messageOf, systemCode } from "../../../../core/errors.ts";
import { mountsBelow, parseMountInfo } from "../../../../core/mount-info.ts";
import type { FileFacts } from "../../subject.ts";
import type { HandsActs, HandsAnswer, HandsCommand } from "./protocol.ts";

const EDQUOT = 122;

/** Does what the lab asks, one thing after another. All calls block: what hangs is to hang this process only. */
export class Hands {
  #held: number | undefined;

  readonly #acts: { [Act in keyof HandsActs]: (asked: HandsActs[Act]) => unknown } = {
    // As by somebody who wants to find it after a power cut.
    write: ({ path: file, text }) => fs.writeFileSync(file, text, { flush: true }),
    append: ({ path: file, text }) => fs.appendFileSync(file, text),
    read: ({ path: file }) => fs.readFileSync(file, "utf8"),
    list: ({ path: directory }) => fs.readdirSync(directory).toSorted(),
    stat: ({ path: file }) => factsOf(file),
    makeDirectory: ({ path: directory }) => fs.mkdirSync(directory),
    link: ({ target, path: link }) => fs.symlinkSync(target, link),
    remove: ({ path: file }) => remove(file),
    fill: ({ directory, count }) => fill(directory, count),
    hold: ({ path: file }) => {
      this.#held = fs.openSync(file, "a+");
    },
    writeHeld: ({ text }) => {
      fs.writeSync(this.#holding(), text);
      fs.fsyncSync(this.#holding());
    },
    readHeld: () => readAll(this.#holding()),
    bind: ({ source, target, hidden }) => bind(source, target, hidden),
    run: ({ words }) => run(words),
  };

  obey(command: HandsCommand): HandsAnswer {
    try {
      const act = this.#acts[command.act] as (asked: HandsCommand) => unknown;
      return { value: act(command) };
    } catch (error) {
      return { refused: { code: codeOf(error), message: messageOf(error) } };
    }
  }

  #holding(): number {
    if (this.#held === undefined) throw new Error("nothing is held");
    return this.#held;
  }
}

/** libuv has no name for a quota that is used up. */
function codeOf(error: unknown): string {
  return (error as { errno?: unknown }).errno === -EDQUOT ? "EDQUOT" : (systemCode(error) ?? "failed");
}

function factsOf(file: string): FileFacts | undefined {
  const stats = fs.lstatSync(file, { throwIfNoEntry: false });
  if (!stats) return undefined;
  const { mode, uid, gid, dev: device, ino: inode, size: sizeBytes } = stats;
  return { kind: kindOf(stats), mode: mode & 0o7777, uid, gid, device, inode, sizeBytes };
}

function kindOf(stats: fs.Stats): FileFacts["kind"] {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  return stats.isSymbolicLink() ? "link" : "other";
}

function remove(file: string): void {
  const stats = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stats?.isDirectory()) fs.rmdirSync(file);
  else if (stats) fs.unlinkSync(file);
}

function fill(directory: string, count: number): void {
  for (let number = 0; number < count; number++) fs.closeSync(fs.openSync(path.join(directory, String(number)), "wx"));
}

/** By place, not by the descriptor's own position: that is where the last write ended. */
function readAll(descriptor: number): string {
  const chunks: Buffer[] = [];
  for (let at = 0, count = -1; count !== 0; at += count) {
    const chunk = Buffer.alloc(64 * 1024);
    count = fs.readSync(descriptor, chunk, 0, chunk.length, at);
    chunks.push(chunk.subarray(0, count));
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** As a container is made: what is bound stays, the host's other mounts are let go of. */
function bind(source: string, target: string, hidden: string): void {
  run(["mount", "-n", "--rbind", source, target]);
  const mounts = parseMountInfo(fs.readFileSync("/proc/self/mountinfo", "utf8"));
  // Newest first: what lies below others comes to light. -c looks at no mount.
  for (const { path: point } of mountsBelow(mounts, hidden).toReversed())
    run(["umount", "-n", "-i", "-c", "-l", point]);
}

function run([command = "", ...rest]: readonly string[]): void {
  const { error, status, stderr } = spawnSync(command, rest, { encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(stderr.trim() || `${command} ended with status ${status}`);
}
