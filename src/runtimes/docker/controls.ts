import type { Controls } from "../../core/runtime.ts";
import type { RunningContainer } from "./container.ts";
import { accepting, refused } from "./engine-error.ts";

/** How long a container that was killed may take to be gone, with its mounts. */
const REMOVAL_LIMIT_MS = 60_000;

/** Ends and freezes containers through the engine, as an operator would. */
export function processControls(find: (name: string) => RunningContainer): Controls["process"] {
  return {
    kill: (name) => doing("killing", find(name), kill),
    start: (name) => doing("starting", find(name), (container) => container.start()),
    pause: (name) => doing("pausing", find(name), ({ handle, turns }) => turns(() => handle.pause())),
    resume: (name) => doing("resuming", find(name), resume),
  };
}

async function doing(
  what: string,
  container: RunningContainer,
  action: (container: RunningContainer) => Promise<void>,
): Promise<void> {
  try {
    await action(container);
  } catch (error) {
    throw refused(`${what} the container "${container.name}"`, error);
  }
}

async function kill({ handle }: RunningContainer): Promise<void> {
  // Gone (404) or no longer running (409) is what was wanted.
  await accepting([404, 409], () => handle.kill({ signal: "SIGKILL" }));
  const limited = AbortSignal.timeout(REMOVAL_LIMIT_MS);
  await accepting([404], () => handle.wait({ condition: "removed", abortSignal: limited }));
}

async function resume({ handle }: RunningContainer): Promise<void> {
  await accepting([404], async () => {
    if ((await handle.inspect()).State.Paused) await handle.unpause();
  });
}
