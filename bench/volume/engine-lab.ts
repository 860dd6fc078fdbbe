import Dockerode from "dockerode";
import { engineHands } from "../../src/trials/volume/engine/hands.ts";
import { makeImage } from "../../src/trials/volume/engine/image.ts";
import type { EngineHands } from "../../src/trials/volume/subject.ts";
import { serveDriver } from "./driver-lab.ts";

/** An engine that knows a driver of ours. */
export interface EngineLab extends AsyncDisposable {
  /** For a driver by its name there: containers that use it, volumes of it. */
  hands(driver: string): EngineHands;
  /** What our driver is called there. */
  ours: string;
}

/** Hands on the engine behind a socket. */
export async function engineBehind(socketPath: string): Promise<EngineLab["hands"]> {
  const engine = new Dockerode({ socketPath });
  const image = await makeImage(engine);
  return (driver) => engineHands({ driver, connect: async () => ({ engine, image }) });
}

/** An engine of the bench's own beside our driver on the back end `directory`. */
export async function openEngineLab(): Promise<EngineLab> {
  const lab = await serveDriver({ hasEngine: true });
  try {
    const { engine } = lab.subject;
    // It starts when it is first asked.
    await engine?.about();
    const hands = await engineBehind(`/proc/${lab.process.pid()}/root/run/docker.sock`);
    return { hands, ours: engine?.driver ?? "", [Symbol.asyncDispose]: () => lab[Symbol.asyncDispose]() };
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}
