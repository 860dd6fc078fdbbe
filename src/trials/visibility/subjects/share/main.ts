import { createSystemClock } from "../../../../core/clock.ts";
import { obeyCommands } from "../../../../subjects/commands.ts";
import { runAheadOfOthers } from "../../../../subjects/priority.ts";
import { echoPaths } from "./echo.ts";
import { serveShare, type ShareSettings } from "./serve-share.ts";

// The share's process: `node share.cjs SETTINGS` serves until its input ends, `node share.cjs echo` gives events.

const [, scriptPath = "", argument = "{}"] = process.argv;

async function serveUntilTold(): Promise<void> {
  // A dial says how late the share is; waiting for a processor behind a reader that polls would come on top of it.
  runAheadOfOthers();
  // The kernel has taken the caller's umask off already.
  process.umask(0);
  const clock = createSystemClock();
  const onDefect = (error: unknown): void => {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  };
  const start = () =>
    serveShare({
      ...(JSON.parse(argument) as ShareSettings),
      scriptPath,
      self: { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 },
      wallMs: () => clock.wallTime().getTime(),
      onDefect,
    });
  await obeyCommands(start, process.stdin, process.stdout);
  // Reads of the device hold threads that a mount kept busy elsewhere would never let go.
  process.exit(0);
}

// The lab decides when a share ends; a key pressed in its terminal reaches this process too.
process.on("SIGINT", () => undefined);
void (argument === "echo" ? echoPaths(process.stdin) : serveUntilTold());
