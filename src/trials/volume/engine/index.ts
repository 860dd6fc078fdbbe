import type { EngineHands } from "../subject.ts";
import type { PrivateEngine, PrivateEngineOptions } from "./private-engine.ts";
import type { UserEngineOptions } from "./user-engine.ts";

// The client of engines is loaded where one takes part: it is large, and most runs do without.

/** An engine inside a driver's host, which starts when it is first needed. */
export async function openPrivateEngine(options: PrivateEngineOptions): Promise<PrivateEngine> {
  const { PrivateEngine: Engine } = await import("./private-engine.ts");
  return new Engine(options);
}

/**
 * Hands on the engine that DOCKER_HOST names, which goes on when they are disposed of.
 * @throws SeatrialError VOLUME_ENGINE_UNREACHABLE, VOLUME_ENGINE_IMAGE
 */
export async function openUserEngine(options: UserEngineOptions): Promise<EngineHands & AsyncDisposable> {
  const { connectUserEngine } = await import("./user-engine.ts");
  return connectUserEngine(options);
}
