// A machine that has a disk, as a process in a mount namespace of its own: it mounts, writes and reads on behalf of a test,
// and whatever it had mounted goes with it.
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

const PAGE_BYTES = 4096;
const [, , directory] = process.argv;
const open = new Map();
/** Aligned, as O_DIRECT wants it: only memory of this kind is. */
const memory = Buffer.from(new WebAssembly.Memory({ initial: 4 }).buffer);

function run(command, ...args) {
  const { status, stderr } = spawnSync(command, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr.trim());
}

/** Does it with the named file open. */
function within(name, flags, work) {
  const descriptor = fs.openSync(path.join(directory, name), flags);
  try {
    return work(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

const { O_RDWR, O_RDONLY, O_CREAT, O_DIRECT } = fs.constants;

const DUTIES = {
  mount: (device, type, options) => run("mount", "-i", "-t", type, "-o", options || "rw", device, directory),
  unmount: () => run("umount", "-i", directory),
  /** A small file of text, with or without fsync. */
  put: (name, text, isSynced) =>
    within(name, "w", (descriptor) => {
      fs.writeSync(descriptor, text);
      if (isSynced) fs.fsyncSync(descriptor);
    }),
  /** The directory's own entries, for good. */
  syncNames: () => within(".", O_RDONLY, (descriptor) => fs.fsyncSync(descriptor)),
  text: (name) => fs.readFileSync(path.join(directory, name), "utf8"),
  hold: (name) => void open.set(name, fs.openSync(path.join(directory, name), "w")),
  letGo: (name) => fs.closeSync(open.get(name)),
  /** One page of each letter, past the page cache; durable when `isSynced`. The buffer begins so far into a page of memory. */
  writePages: (name, letters, isSynced, shiftBytes = 0) =>
    within(name, O_RDWR | O_CREAT | O_DIRECT, (descriptor) => {
      const bytes = memory.subarray(shiftBytes, shiftBytes + letters.length * PAGE_BYTES);
      for (const [i, letter] of [...letters].entries()) bytes.fill(letter, i * PAGE_BYTES, (i + 1) * PAGE_BYTES);
      fs.writeSync(descriptor, bytes, 0, bytes.length, 0);
      if (isSynced) fs.fsyncSync(descriptor);
    }),
  /** The pages of a file as runs of letters, from the disk itself: `A4096 B2048-A2048`. */
  readPages: (name) =>
    within(name, O_RDONLY | O_DIRECT, (descriptor) => {
      const lengthBytes = fs.readSync(descriptor, memory, 0, memory.length, 0);
      const pages = [];
      for (let at = 0; at < lengthBytes; at += PAGE_BYTES) pages.push(runs(memory.subarray(at, at + PAGE_BYTES)));
      return pages.join(" ");
    }),
};

function runs(page) {
  return page
    .toString("latin1")
    .replaceAll("\0", ".")
    .match(/([^])\1*/g)
    .map((same) => `${same[0]}${same.length}`)
    .join("-");
}

process.on("message", ({ id, duty, args }) => {
  try {
    process.send({ id, value: DUTIES[duty](...args) });
  } catch (error) {
    process.send({ id, error: error.code ?? error.message });
  }
});
process.on("disconnect", () => process.exit(0));
