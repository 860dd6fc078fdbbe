import fs from "node:fs";
import path from "node:path";
import type { RunningSubject } from "../../../../subjects/commands.ts";
import { DelayLine } from "./delay-line.ts";
import { completeMirrorDials } from "./dials.ts";
import { OneWayMirror } from "./one-way.ts";
import { Replica } from "./replica.ts";

/** What the mirror's process is told when it starts. */
export interface MirrorSettings {
  source: string;
  replica: string;
  dials: unknown;
  isSuperuser: boolean;
  onDefect(error: unknown): void;
}

/** Keeps two directories alike from this process. */
export function serveMirror(settings: MirrorSettings): RunningSubject {
  const { isSuperuser, onDefect } = settings;
  const [source, replica] = [settings.source, settings.replica].map((root) => fs.realpathSync(root)) as [
    string,
    string,
  ];
  const board = { dials: completeMirrorDials(settings.dials) };
  const stages = [stageBeside(source), stageBeside(replica)] as const;
  const near = new Replica(source, path.join(stages[0], "next"), isSuperuser);
  const far = new Replica(replica, path.join(stages[1], "next"), isSuperuser);
  const direction = (origin: string, written: Replica, watched: Replica) =>
    new OneWayMirror({
      origin,
      replica: written,
      line: new DelayLine(() => board.dials.delayMs, onDefect),
      isEcho: (name) => watched.isOwnWork(name),
    });
  const there = direction(source, far, near);
  there.copyAll();
  const back = direction(replica, near, far);
  return {
    obey: (given) => {
      board.dials = completeMirrorDials(given);
    },
    stop: async () => {
      there.close();
      back.close();
      for (const stage of stages) fs.rmSync(stage, { recursive: true, force: true });
    },
  };
}

/** Beside and not below: what is made there must never be seen by those who look at the directory. */
function stageBeside(directory: string): string {
  return fs.mkdtempSync(`${directory}.stage-`);
}
