import { obeyCommands } from "../subjects/commands.ts";
import type { DiskSettings } from "./protocol.ts";
import { serveDisk } from "./serve-disk.ts";

// The disk's process: `node disk.cjs SETTINGS`, in mount and pid namespaces of its own, serves until its input ends.

const [, , argument = "{}"] = process.argv;

async function serveUntilTold(): Promise<void> {
  const onDefect = (error: unknown): void => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  };
  await obeyCommands(() => serveDisk(JSON.parse(argument) as DiskSettings, onDefect), process.stdin, process.stdout);
  // Reads of the device hold threads that never return while somebody still has the file system open.
  process.exit(0);
}

// The lab decides when a disk ends; a key pressed in its terminal reaches this process too.
process.on("SIGINT", () => undefined);
void serveUntilTold();
