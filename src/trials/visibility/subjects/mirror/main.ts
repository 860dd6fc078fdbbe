import { obeyCommands } from "../../../../subjects/commands.ts";
import { type MirrorSettings, serveMirror } from "./serve-mirror.ts";

// The mirror's process: `node mirror.cjs SETTINGS` keeps two directories alike until its input ends.

const [, , argument = "{}"] = process.argv;

async function mirrorUntilTold(): Promise<void> {
  const onDefect = (error: unknown): void => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  };
  const settings = JSON.parse(argument) as MirrorSettings;
  const start = async () => serveMirror({ ...settings, isSuperuser: process.geteuid?.() === 0, onDefect });
  await obeyCommands(start, process.stdin, process.stdout);
  // Changes on their way would keep it alive.
  process.exit(0);
}

// The lab decides when a mirror ends; a key pressed in its terminal reaches this process too.
process.on("SIGINT", () => undefined);
void mirrorUntilTold();
