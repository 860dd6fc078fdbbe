import { chmodSync, mkdirSync, realpathSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createSystemClock } from "../../src/core/clock.ts";
import type { Answer, DriverClient } from "../../src/trials/volume/client.ts";
import type { DriverProcess, Subject } from "../../src/trials/volume/subject.ts";
import type { CommandLine } from "../../src/trials/volume/subjects/host/command-line.ts";
import { ENVIRONMENT } from "../../src/trials/volume/subjects/host/keeper.ts";
import { servedSubject } from "../../src/trials/volume/subjects/host/served-subject.ts";
import { makeFolder } from "../bench.ts";

export const MAIN = path.resolve("dist/cli/main.js");
const HANDS = path.resolve("dist/subjects/hands.cjs");
const DEADLINE_MS = 25_000;

/** The driver on the back end `directory`. */
export const OURS: CommandLine = [
  ...[process.execPath, MAIN, "driver", "serve", "--backend", "directory"],
  ...["--socket", "{socket}", "--state", "{state}", "--root", "{root}", "--log-level", "warn"],
];

/** How a driver is served. */
export interface DriverLabRequest {
  command?: CommandLine;
  /** With an engine in the driver's host. */
  hasEngine?: boolean;
  /** Scripts of the shell by their names, which the driver finds in place of the machine's programs. */
  programs?: Readonly<Record<string, string>>;
}

/** A driver in a host of its own. */
export interface DriverLab extends AsyncDisposable {
  subject: Subject;
  client: DriverClient;
  process: DriverProcess;
}

/** Serves a driver in a folder that goes with it. @throws SeatrialError with its last words when it does not come up */
export async function serveDriver({
  command = OURS,
  hasEngine = false,
  programs = {},
}: DriverLabRequest = {}): Promise<DriverLab> {
  const made = makeFolder();
  const folder = realpathSync(made.path);
  try {
    const subject = await servedSubject({
      ...{ command, workdir: folder, clock: createSystemClock(), deadlineMs: DEADLINE_MS },
      environment: { PATH: `${programFolder(folder, programs)}:${ENVIRONMENT.PATH}` },
      hands: { nodePath: process.execPath, scriptPath: HANDS },
      ...(hasEngine && { engine: {} }),
    });
    if (!subject.process) throw new Error("the driver is no process of the bench");
    const dispose = async () => {
      await subject[Symbol.asyncDispose]();
      made[Symbol.dispose]();
    };
    return { subject, client: subject.client(), process: subject.process, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    made[Symbol.dispose]();
    throw error;
  }
}

function programFolder(folder: string, programs: Readonly<Record<string, string>>): string {
  const directory = path.join(folder, "programs");
  mkdirSync(directory);
  for (const [name, script] of Object.entries(programs)) {
    const file = path.join(directory, name);
    writeFileSync(file, `#!/bin/sh\n${script}\n`);
    chmodSync(file, 0o755);
  }
  return directory;
}

/** Milliseconds that a call took. @throws Error where it did not succeed: what fails is quick */
export async function msOf(call: Promise<Answer>): Promise<number> {
  const { ok, error, silence, durationNs } = await call;
  if (!ok) throw new Error(`the driver says: ${silence ?? error}`);
  return durationNs / 1e6;
}
