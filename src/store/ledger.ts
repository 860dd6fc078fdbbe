import fs from "node:fs";
import path from "node:path";
import { messageOf } from "../core/errors.ts";
import type { Owner } from "../core/runtime.ts";
import { readLedger, type Thing } from "./ledger-file.ts";
import { createLineFile } from "./line-file.ts";
import { makeFolder } from "./storage.ts";
import { markDirectory, undoThing } from "./undo.ts";

/** A thing written down before it is made. */
export interface LedgerEntry {
  /** Crosses it out: it was undone, or never made. A second call does nothing. */
  done(): void;
}

/** What a lab has made outside of its run folder, written down first, so that a sweep finds it after a kill -9. */
export interface Ledger {
  /** Writes `thing` down; when this returns it is safe to make it. */
  announce(thing: Thing): LedgerEntry;
  /** Announces, makes and marks a directory, whose parent exists. A sweep removes none without the mark. */
  makeDirectory(directory: string): LedgerEntry;
  /** Removes the ledger when everything is crossed out; else a sweep will need it. */
  close(): void;
}

/** Opens the ledger of one run, which must not have one. @throws DISK_FULL, RUN_FOLDER_NOT_WRITABLE */
export function openLedger(stateDir: string, owner: Owner): Ledger {
  const file = ledgerFile(stateDir, owner.runId);
  makeFolder(path.dirname(file), 0o700);
  const lines = createLineFile(file);
  const open = new Set<number>();
  let lastId = 0;
  lines.append(JSON.stringify({ version: 1, ...owner }));

  const announce = (thing: Thing): LedgerEntry => {
    const id = ++lastId;
    lines.append(JSON.stringify({ id, ...thing }));
    open.add(id);
    const done = () => {
      if (open.delete(id)) lines.append(JSON.stringify({ done: id }));
    };
    return { done };
  };
  const makeDirectory = (directory: string): LedgerEntry => {
    // A sweep removes only what lies where it says, behind no link.
    const real = path.join(fs.realpathSync(path.dirname(directory)), path.basename(directory));
    const entry = announce({ kind: "directory", path: real });
    fs.mkdirSync(real);
    markDirectory(real, owner);
    return entry;
  };
  const close = () => {
    lines.close();
    if (open.size === 0) fs.rmSync(file, { force: true });
  };
  return { announce, makeDirectory, close };
}

/**
 * Undoes what dead owners have left, last made first, and says so, one line each. What cannot be undone is told with the
 * reason and stays in its ledger for the next sweep.
 */
export async function sweepLedgers(
  stateDir: string,
  isAlive: (owner: Owner) => boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const told: string[] = [];
  for (const file of ledgerFiles(stateDir)) {
    signal.throwIfAborted();
    told.push(...(await sweepLedger(file, isAlive, signal)));
  }
  return told;
}

async function sweepLedger(file: string, isAlive: (owner: Owner) => boolean, signal: AbortSignal): Promise<string[]> {
  const { owner, things, problems } = readLedger(file);
  if (!owner) return sweepNameless(file, things);
  if (isAlive(owner)) return [];
  const told = problems.map((problem) => `${file}: ${problem}`);
  let left = 0;
  for (const thing of things.reverse()) {
    signal.throwIfAborted();
    try {
      const undone = await undoThing(thing, owner);
      if (undone) told.push(`${undone} of run ${owner.runId}`);
    } catch (error) {
      left++;
      told.push(`left ${describe(thing)} of run ${owner.runId}: ${messageOf(error)}`);
    }
  }
  if (left === 0) fs.rmSync(file, { force: true });
  return told;
}

/** A lab killed before its first word has made nothing; anything else is for a person to look at. */
function sweepNameless(file: string, things: readonly Thing[]): string[] {
  if (things.length > 0) return [`left ${file}: it does not say whose it is`];
  fs.rmSync(file, { force: true });
  return [];
}

function describe(thing: Thing): string {
  return thing.kind === "process" ? `process ${thing.pid}` : `${thing.kind} ${thing.path}`;
}

/** A run id may hold anything; a file name may not. */
function ledgerFile(stateDir: string, runId: string): string {
  return path.join(stateDir, "ledger", `${encodeURIComponent(runId)}.ndjson`);
}

function ledgerFiles(stateDir: string): string[] {
  const directory = path.join(stateDir, "ledger");
  if (!fs.existsSync(directory)) return [];
  const names = fs.readdirSync(directory).filter((name) => name.endsWith(".ndjson"));
  return names.sort().map((name) => path.join(directory, name));
}
