import type { Random } from "../../../core/random.ts";
import type { Scope } from "../../../core/scope.ts";
import { type CaseContext, CaseEnded, told } from "../cases/case.ts";
import { type Answer, isObject } from "../client.ts";
import type { VolumeOptions } from "../model.ts";
import type { CaseRecord } from "./case-record.ts";
import type { Names } from "./names.ts";
import type { CaseSetting } from "./case-setting.ts";
import type { TrackingClient } from "./tracking-client.ts";

/** What a context is made of. */
interface ContextParts {
  setting: CaseSetting;
  driver: TrackingClient;
  record: CaseRecord;
  names: Names;
  random: Random;
  scope: Scope;
}

/** What a case works with; all that it finds goes into the record. */
export function createContext(parts: ContextParts): CaseContext {
  const { setting, driver, record, names, random, scope } = parts;
  const { subject, scale, deadlineMs, clock, signal } = setting;
  const demand: CaseContext["demand"] = (what, holds, seen) => {
    signal.throwIfAborted();
    record.checks.add(what, holds, seen);
    if (!holds) throw new CaseEnded(what);
  };
  return {
    ...{ subject, driver, scale, deadlineMs, random, clock, signal, demand },
    ...volumeSteps(parts, demand),
    name: () => names.volume(),
    mountId: () => names.mountId(),
    check: (what, holds, seen) => {
      signal.throwIfAborted();
      record.checks.add(what, holds, seen);
      return holds;
    },
    skip: (why) => {
      record.skip(why);
      throw new CaseEnded(why);
    },
    observe: (what) => record.observe(what),
    timed: (timing) => record.timed(timing),
    defer: (undo) => void scope.defer("undo a step", undo),
  };
}

/** The steps that most cases begin and end with. Only what goes wrong in them is recorded: it is not what is judged. */
function volumeSteps(
  { setting, driver, names }: ContextParts,
  demand: CaseContext["demand"],
): Pick<CaseContext, "volume" | "mount" | "unmount"> {
  const must = (what: string, holds: boolean, answer: Answer) => {
    if (!holds) demand(what, holds, told(answer));
  };
  return {
    volume: async (options = setting.subject.options.good) => {
      const name = names.volume();
      const answer = await driver.create(name, asSent(options));
      must("Create makes a new volume.", answer.ok, answer);
      return name;
    },
    mount: async (volume, id) => {
      const answer = await driver.mount(volume, id);
      const path = isObject(answer.json) ? answer.json["Mountpoint"] : undefined;
      const isPath = typeof path === "string" && path !== "";
      must("Mount of an existing volume answers a path.", answer.ok && isPath, answer);
      return String(path);
    },
    unmount: async (volume, id) => {
      const answer = await driver.unmount(volume, id);
      must("Unmount of what was mounted succeeds.", answer.ok, answer);
    },
  };
}

/** Engines send `null` where there are none. */
function asSent(options: VolumeOptions): VolumeOptions | null {
  return Object.keys(options).length === 0 ? null : options;
}
