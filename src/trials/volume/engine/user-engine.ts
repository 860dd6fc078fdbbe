import Dockerode from "dockerode";
import { messageOf } from "../../../core/errors.ts";
import type { EngineHands } from "../subject.ts";
import { ENGINE_ADDRESS } from "../options.ts";
import { engineError } from "./errors.ts";
import { engineHands } from "./hands.ts";
import { FILLED, makeImage } from "./image.ts";

/** Above the engine's own limit for a Mount, 120 s. */
const CALL_LIMIT_MS = 150_000;

/** Which engine, and what is judged on it. */
export interface UserEngineOptions {
  /** As the engine knows it: a driver's name, `local` among them. */
  driver: string;
  /** One that the engine has; made of this machine's busybox otherwise, and removed in the end. */
  image?: string | undefined;
  /** `unix:///var/run/docker.sock`, `tcp://host:2375`; the one of DOCKER_HOST otherwise. */
  address?: string | undefined;
}

/**
 * Hands on an engine of the user's, which goes on when they are disposed of.
 * @throws SeatrialError VOLUME_ENGINE_UNREACHABLE, VOLUME_ENGINE_IMAGE
 */
export async function connectUserEngine({
  driver,
  image,
  address,
}: UserEngineOptions): Promise<EngineHands & AsyncDisposable> {
  const engine = new Dockerode({ timeout: CALL_LIMIT_MS, ...(address !== undefined && placeOf(address)) });
  try {
    await engine.ping();
  } catch (error) {
    const remedy = "Give --peer-engine the address of an engine that runs and may be used from here.";
    throw engineError("VOLUME_ENGINE_UNREACHABLE", [address, messageOf(error)].filter(Boolean).join(": "), {
      ...{ cause: error, ...(address !== undefined && { remedy }) },
    });
  }
  const made = image ?? (await makeImage(engine));
  return {
    ...engineHands({
      driver,
      connect: async () => ({ engine, image: made }),
      ...(image === undefined && { filled: FILLED }),
    }),
    [Symbol.asyncDispose]: async () => {
      // A container of somebody else may use it by now.
      if (image === undefined)
        await engine
          .getImage(made)
          .remove()
          .catch(() => undefined);
    },
  };
}

/** Nothing of DOCKER_HOST, whose host would go over the path of a socket, and whose keys are another engine's. */
function placeOf(address: string): Dockerode.DockerOptions {
  const [, socketPath, host = "", port] = ENGINE_ADDRESS.exec(address) ?? [];
  const ours = { protocol: "http" as const, ca: undefined, cert: undefined, key: undefined };
  if (socketPath !== undefined) return { ...ours, socketPath, host: undefined, port: undefined };
  return { ...ours, host: host.replaceAll(/[[\]]/g, ""), port };
}
