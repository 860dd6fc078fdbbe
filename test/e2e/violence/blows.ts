import type { Random } from "../../../src/core/random.ts";
import { setTimeout as wait } from "node:timers/promises";
import type { Process } from "./processes.ts";
import type { Scene, Work } from "./scene.ts";

/** Something that happens to a run. */
export interface Blow {
  what: string;
  on: "embedded" | "docker";
  to: Work;
  /** It takes the storage itself away, which may then be told as unreadable. */
  takesStorage?: boolean;
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
      return `${pid} ${command.split(" ").slice(0, 3).join(" ").slice(0, 60)}`;
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

const diskStrikes: typeof strikes = {
  "SIGINT to the lab": signalling("SIGINT"),
  "SIGTERM to the lab": signalling("SIGTERM"),
  "SIGKILL to the lab": signalling("SIGKILL"),
  "SIGKILL to an agent": killing((scene) => scene.agents()),
};
const toTheDisk = killing((scene) => scene.disks());

const all = (to: Work, on: Blow["on"], dealt: typeof strikes): Blow[] =>
  Object.entries(dealt).map(([what, strike]) => ({ what, on, to, strike }));

/** Every kind of blow on every runtime. */
export const BLOWS: readonly Blow[] = [
  ...all("mount", "embedded", strikes),
  ...all("mount", "docker", strikes),
  { what: "SIGKILL to the engine", on: "docker", to: "mount", strike: toTheEngine },
  ...all("disk", "embedded", diskStrikes),
  ...all("disk", "docker", diskStrikes),
  { what: "SIGKILL to the disk", on: "embedded", to: "disk", takesStorage: true, strike: toTheDisk },
  { what: "SIGKILL to the disk", on: "docker", to: "disk", takesStorage: true, strike: toTheDisk },
];
