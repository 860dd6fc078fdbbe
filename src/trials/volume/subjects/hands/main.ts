import { obeyCommands } from "../../../../subjects/commands.ts";
import { Hands } from "./acts.ts";
import type { HandsCommand } from "./protocol.ts";

// The process that touches a driver's files, so that a mount that hangs hangs nobody else: `node hands.cjs {}` obeys
// until its input ends.

async function obeyUntilEnd(): Promise<void> {
  const hands = new Hands();
  const obey = (command: unknown) => hands.obey(command as HandsCommand);
  await obeyCommands(() => Promise.resolve({ obey, stop: () => Promise.resolve() }), process.stdin, process.stdout);
  process.exit(0);
}

// The lab decides when it ends; a key pressed in its terminal reaches this process too.
process.on("SIGINT", () => undefined);
void obeyUntilEnd();
