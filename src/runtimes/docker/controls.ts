import type { Controls } from "../../core/runtime.ts";
import type { Engine } from "./connect.ts";
import { accepting, refused } from "./engine-error.ts";

/** Ends and freezes containers through the engine, as an operator would. */
export function processControls({ client }: Engine, fullName: (name: string) => string): Controls["process"] {
  const containerOf = (name: string) => client.getContainer(fullName(name));
  const doing = async (what: string, name: string, action: () => Promise<void>) => {
    try {
      await action();
    } catch (error) {
      throw refused(`${what} the container "${name}"`, error);
    }
  };
  return {
    kill: (name) =>
      doing("killing", name, async () => {
        const container = containerOf(name);
        // Gone (404) or no longer running (409) is what was wanted.
        await accepting([404, 409], () => container.kill({ signal: "SIGKILL" }));
        await accepting([404], () => container.wait({ condition: "not-running" }));
      }),
    pause: (name) => doing("pausing", name, async () => void (await containerOf(name).pause())),
    resume: (name) =>
      doing("resuming", name, async () => {
        await accepting([404], async () => {
          const container = containerOf(name);
          if ((await container.inspect()).State.Paused) await container.unpause();
        });
      }),
  };
}
