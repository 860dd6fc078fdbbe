import { obeyCommands, type RunningSubject } from "../subjects/commands.ts";
import { runAheadOfOthers } from "../subjects/priority.ts";
import type { DiskSettings } from "./protocol.ts";
import { serveDisk } from "./serve-disk.ts";
import { actOnSuperBlock, type SuperBlockSettings } from "./super-block.ts";

// The disk's process: `node disk.cjs SETTINGS`, in mount and pid namespaces of its own, serves until its input ends; with
// the settings of an act on the super block it does that and ends.

const [, scriptPath = "", argument = "{}"] = process.argv;

function onDefect(error: unknown): void {
  process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
}

async function start(): Promise<RunningSubject> {
  const settings = JSON.parse(argument) as DiskSettings | SuperBlockSettings;
  if (!("act" in settings)) return serveDisk(settings, scriptPath, onDefect);
  actOnSuperBlock(settings);
  return { obey: () => undefined, stop: () => Promise.resolve() };
}

async function obeyUntilEnd(): Promise<void> {
  runAheadOfOthers();
  await obeyCommands(start, process.stdin, process.stdout);
  process.exit(0);
}

// The lab decides when a disk ends; a key pressed in its terminal reaches this process too.
process.on("SIGINT", () => undefined);
void obeyUntilEnd();
