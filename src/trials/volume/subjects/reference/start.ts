import { mkdirSync, realpathSync } from "node:fs";
import { methodsOf } from "./methods.ts";
import { createTools, type Parts } from "./parts.ts";
import { reconcile } from "./reconcile.ts";
import type { Settings } from "./settings.ts";

/** A driver that serves. */
export interface RunningDriver {
  /** Finishes what it does and leaves all mounts as they are. */
  stop(): Promise<void>;
}

/** Starts a driver made of `parts`. @throws Error when another one works on the state or listens on the socket */
export async function startDriver(given: Settings, parts: Parts, log: (line: string) => void): Promise<RunningDriver> {
  const settings = { ...given, rootDirectory: realDirectory(given.rootDirectory) };
  parts.lockInstance(settings.stateDirectory);
  const tools = createTools(settings, parts, log);
  await tools.mounts.start();
  const driver = new parts.Driver(tools);
  await reconcile(tools, driver, await tools.stateFile.read());
  const scope = settings.sharedDirectory === undefined ? "local" : "global";
  const methods = methodsOf(driver, new parts.Reader(), scope);
  const server = new parts.Server({ methods, deadlineMs: settings.deadlineMs, log });
  await parts.clearSocket(settings.socketPath);
  await parts.withPrivateUmask(() => server.listen(settings.socketPath));
  log(`listening on ${settings.socketPath}, scope ${scope}`);
  return {
    stop: async () => {
      await server.stop();
      await driver.stop();
    },
  };
}

/** The kernel tells of mounts by their real paths. */
function realDirectory(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  return realpathSync(directory);
}
