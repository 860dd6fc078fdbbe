import type { Random } from "../../../src/core/random.ts";
import { setTimeout as wait } from "node:timers/promises";
import type { Process } from "./processes.ts";
import type { Scene } from "./scene.ts";

/** Something that happens to a run. */
export interface Blow {
  what: string;
  on: "embedded" | "docker";
  /** Answers with what was hit, or with nothing when there was nothing to hit before the run ended. */
  strike(scene: Scene, random: Random): Promise<string>;
}

const signalling =
  (...signals: NodeJS.Signals[]): Blow["strike"] =>
  async ({ run }) => {
    for (const signal of signals) run.signal(signal);
    return `process ${run.pid}`;
  };

/** Kills one of what `find` finds, as soon as it finds any. */
const killing =
  (find: (scene: Scene) => Process[]): Blow["strike"] =>
  async (scene, random) => {
    const over = new AbortController();
    void scene.run.ended.then(() => over.abort());
    for (; !over.signal.aborted; await wait(2)) {
      const found = find(scene);
      if (found.length === 0) continue;
      const { pid, command } = random.pick(found);
      process.kill(pid, "SIGKILL");
      return `${pid} ${command.split(" ").slice(-3).join(" ")}`;
    }
    return "";
  };

const strikes: Record<string, Blow["strike"]> = {
  "SIGINT to the lab": signalling("SIGINT"),
  "SIGINT twice to the lab": signalling("SIGINT", "SIGINT"),
  "SIGTERM to the lab": signalling("SIGTERM"),
  "SIGKILL to the lab": signalling("SIGKILL"),
  "SIGKILL to an agent": killing((scene) => scene.agents()),
  "SIGKILL to a container": killing((scene) => scene.containers()),
};

const toTheEngine: Blow["strike"] = async ({ engine }) => {
  await engine?.kill();
  return "the engine";
};

/** Every kind of blow on every runtime. */
export const BLOWS: readonly Blow[] = [
  ...(["embedded", "docker"] as const).flatMap((on) =>
    Object.entries(strikes).map(([what, strike]) => ({ what, on, strike })),
  ),
  { what: "SIGKILL to the engine", on: "docker", strike: toTheEngine },
];
