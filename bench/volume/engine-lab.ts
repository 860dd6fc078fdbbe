import { spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import path from "node:path";
import Dockerode from "dockerode";
import { createSystemClock } from "../../src/core/clock.ts";
import { engineHands } from "../../src/trials/volume/engine/hands.ts";
import { makeImage } from "../../src/trials/volume/engine/image.ts";
import type { EngineHands } from "../../src/trials/volume/subject.ts";
import { fillPlaceholders, splitCommand } from "../../src/trials/volume/subjects/host/command-line.ts";
import { firstAnswer } from "../../src/trials/volume/subjects/host/first-answer.ts";
import { ENVIRONMENT, wordsInside } from "../../src/trials/volume/subjects/host/keeper.ts";
import { type DriverLab, serveDriver } from "./driver-lab.ts";

/** What the other driver is called on an engine. */
export const PEER = "peer";
const START_LIMIT_MS = 20_000;

/** An engine that knows a driver of ours. */
export interface EngineLab extends AsyncDisposable {
  /** For a driver by its name there: containers that use it, volumes of it. */
  hands(driver: string): EngineHands;
  /** What our driver is called there. */
  ours: string;
  /** What the other one is called there, where there is one. */
  peer?: string;
}

/** Hands on the engine behind a socket. */
export async function engineBehind(socketPath: string): Promise<EngineLab["hands"]> {
  const engine = new Dockerode({ socketPath });
  const image = await makeImage(engine);
  return (driver) => engineHands({ driver, connect: async () => ({ engine, image }) });
}

/** An engine of the bench's own beside our driver on the back end `directory`, and the one that `peerCommand` serves. */
export async function openEngineLab(peerCommand?: string): Promise<EngineLab> {
  const lab = await serveDriver({ hasEngine: true });
  try {
    const { engine } = lab.subject;
    // It starts when it is first asked.
    await engine?.about();
    const hands = await engineBehind(`/proc/${lab.process.pid()}/root/run/docker.sock`);
    if (peerCommand !== undefined) await servePeer(lab, peerCommand);
    return {
      ...{ hands, ours: engine?.driver ?? "" },
      ...(peerCommand !== undefined && { peer: PEER }),
      [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose](),
    };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

/** It ends with the host. */
async function servePeer({ subject, process }: DriverLab, command: string): Promise<void> {
  const socketPath = path.join(path.dirname(subject.socketPath), `${PEER}.sock`);
  const place = (name: string) => {
    const directory = path.join(path.dirname(process.statePath), `${PEER}-${name}`);
    mkdirSync(directory);
    return directory;
  };
  const places = { socket: socketPath, state: place("state"), root: place("root") };
  const [program = "", ...words] = wordsInside(process.pid() ?? 0, fillPlaceholders(splitCommand(command), places));
  spawn(program, words, { env: ENVIRONMENT, cwd: "/", stdio: "ignore" });
  const outcome = await firstAnswer({ socketPath, clock: createSystemClock(), limitMs: START_LIMIT_MS });
  if (outcome !== "answers") throw new Error(`${command}: no answer on ${socketPath}`);
}
