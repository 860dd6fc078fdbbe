import type { EngineHands, Swarm } from "../subject.ts";
import type { PrivateEngine, PrivateEngineOptions } from "./private-engine.ts";
import type { UserEngineOptions } from "./user-engine.ts";

// The client of engines is loaded where one takes part: it is large, and most runs do without.

/** An engine inside a driver's host, which starts when it is first needed. */
export async function openPrivateEngine(options: PrivateEngineOptions): Promise<PrivateEngine> {
  const { PrivateEngine: Engine } = await import("./private-engine.ts");
  return new Engine(options);
}

/**
 * Hands on an engine of the user's, which goes on when they are disposed of.
 * @throws SeatrialError VOLUME_ENGINE_UNREACHABLE, VOLUME_ENGINE_IMAGE
 */
export async function openUserEngine(options: UserEngineOptions): Promise<EngineHands & AsyncDisposable> {
  const { connectUserEngine } = await import("./user-engine.ts");
  return connectUserEngine(options);
}

/** Makes a swarm of two such engines. @throws EngineRefused; NotOffered where this machine cannot connect them */
export async function openSwarm(manager: PrivateEngine, worker: PrivateEngine): Promise<Swarm> {
  const { makeSwarm } = await import("./swarm.ts");
  return makeSwarm([await manager.member(), await worker.member()]);
}
