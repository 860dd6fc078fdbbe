import fs from "node:fs/promises";
import path from "node:path";
import { systemCode } from "../../../core/errors.ts";
import { loopError } from "./errors.ts";
import { type Pattern, parsePattern } from "./pattern.ts";

/** What the original leaves: its log of intent, and what it wrote last, in the places of its two versions. */
const LEFT_NAMES = { wal: "wal", last: { beside: "last_written_pattern", apart: "io_last_written_pattern" } } as const;
const TAKEN_SUFFIX = ".taken-over";

/** A state file of the original, with its text as it is: it was neither checksummed nor synced, and may be torn. */
export interface LeftFile {
  path: string;
  text: string;
}
/** State of the original; both files are from the same place. */
export interface LeftState {
  /** Names the pattern of a write that was not finished. */
  wal?: LeftFile;
  /** Names the pattern of the last write that was. */
  last?: LeftFile;
}

/** What follows from the original's state for the blocks of the data file. */
export type TakeOver =
  /** Neither data nor state. */
  | { kind: "nothing" }
  /** Every block holds this pattern. */
  | { kind: "finished"; patterns: readonly Pattern[] }
  /** Each sector holds one of these: a write had not ended. */
  | { kind: "unfinished"; patterns: readonly Pattern[] }
  /** The first write had not ended: nothing is promised of what is there. */
  | { kind: "unpromised"; patterns: readonly Pattern[] };

/** What the pattern method can never tell of a file, whatever it found. */
export const BLIND_SPOTS = [
  "a lost, stale, misdirected, swapped or duplicated block: every block held the same pattern",
  "a write that was acknowledged and lost as a whole: nothing was ever synced",
  "a file that was cut: its size was never recorded",
];

/**
 * Reads what the original has left: the journal's directory first, which only its late version used, then the
 * directory of the data.
 */
export async function readLeftState(dirs: { stateDir: string; dataDir: string }): Promise<LeftState> {
  const apart = await leftIn(dirs.stateDir, [LEFT_NAMES.last.apart, LEFT_NAMES.last.beside]);
  if (apart.wal || apart.last || dirs.dataDir === dirs.stateDir) return apart;
  return leftIn(dirs.dataDir, [LEFT_NAMES.last.beside, LEFT_NAMES.last.apart]);
}

async function leftIn(directory: string, lastNames: readonly string[]): Promise<LeftState> {
  const wal = await readLeft(path.join(directory, LEFT_NAMES.wal));
  const lasts = await Promise.all(lastNames.map((name) => readLeft(path.join(directory, name))));
  const last = lasts.find((file) => file !== undefined);
  return { ...(wal ? { wal } : {}), ...(last ? { last } : {}) };
}

async function readLeft(file: string): Promise<LeftFile | undefined> {
  try {
    return { path: file, text: await fs.readFile(file, "utf8") };
  } catch (error) {
    if (systemCode(error) === "ENOENT" || systemCode(error) === "ENOTDIR") return undefined;
    throw error;
  }
}

/**
 * What can be concluded. An unreadable log of intent stands for any of the `configured` patterns, since it named one of
 * them. @throws INTEGRITY_LOOP_NO_STATE when there is data and nothing says what it should hold
 */
export function concludeTakeOver(
  { wal, last }: LeftState,
  dataPath: string | undefined,
  configured: readonly Pattern[],
): TakeOver {
  const finished = last && patternIn(last);
  const begun = wal && patternIn(wal);
  if (wal && finished) return { kind: "unfinished", patterns: [finished, ...(begun ? [begun] : configured)] };
  if (finished) return { kind: "finished", patterns: [finished] };
  if (wal) return { kind: "unpromised", patterns: begun ? [begun] : configured };
  if (dataPath === undefined) return { kind: "nothing" };
  const why = last
    ? `${last.path} holds no pattern (${JSON.stringify(last.text.slice(0, 40))})`
    : "no state is beside it";
  throw loopError("INTEGRITY_LOOP_NO_STATE", `${dataPath} is there, and nothing says what it should hold: ${why}`);
}

function patternIn({ text }: LeftFile): Pattern | undefined {
  const bytes = parsePattern(text);
  return bytes && { text: text.trim(), bytes };
}

/**
 * Renames what the original left, contents untouched, once the data no longer holds what it says. Answers with the new
 * names.
 */
export async function retireLeftState({ wal, last }: LeftState): Promise<string[]> {
  const renamed = [];
  for (const file of [wal, last]) if (file) renamed.push(await retire(file.path));
  return renamed;
}

async function retire(file: string): Promise<string> {
  const taken = new Set(await fs.readdir(path.dirname(file)));
  let name = `${path.basename(file)}${TAKEN_SUFFIX}`;
  for (let n = 2; taken.has(name); n++) name = `${path.basename(file)}${TAKEN_SUFFIX}.${n}`;
  const to = path.join(path.dirname(file), name);
  await fs.rename(file, to);
  return to;
}
