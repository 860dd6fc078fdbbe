import fs from "node:fs";
import path from "node:path";
import type { DriverProcess } from "../subject.ts";

/** Files of a driver's state by their paths, as they were at one time. */
export type StateCopy = ReadonlyMap<string, Buffer>;

/** Reads a driver's state; the driver need not stand still for it. */
export function copyState(statePath: string): StateCopy {
  return new Map(filesOf(statePath).map((file) => [file, fs.readFileSync(file)]));
}

/** Puts an old state back: files that are not in it go. */
export function restoreState(statePath: string, copy: StateCopy): void {
  loseState(statePath);
  for (const [file, bytes] of copy) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, bytes);
  }
}

/** Takes all files of the state away. */
export function loseState(statePath: string): void {
  for (const file of filesOf(statePath)) fs.unlinkSync(file);
}

/** Kills a driver and starts it without its state; what it has mounted stays. */
export async function startAnew(process: DriverProcess): Promise<void> {
  await process.kill();
  loseState(process.statePath);
  await process.start();
}

/** Cuts every file to its first half, as a crash does to one that was written in place. */
export function cutState(statePath: string): void {
  for (const file of filesOf(statePath)) fs.truncateSync(file, Math.floor(fs.statSync(file).size / 2));
}

/** Fills the middle of every file with bytes that no text has. */
export function spoilState(statePath: string): void {
  for (const file of filesOf(statePath)) {
    const bytes = fs.readFileSync(file);
    bytes.fill(0xff, Math.floor(bytes.length / 3), Math.ceil((2 * bytes.length) / 3));
    fs.writeFileSync(file, bytes);
  }
}

/** Regular files only: sockets and links are no state. The path may be a file itself. */
function filesOf(statePath: string): string[] {
  const stats = fs.lstatSync(statePath, { throwIfNoEntry: false });
  if (stats?.isFile()) return [statePath];
  if (!stats?.isDirectory()) return [];
  return fs.readdirSync(statePath).flatMap((name) => filesOf(path.join(statePath, name)));
}
