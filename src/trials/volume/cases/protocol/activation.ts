import type { Answer } from "../../client.ts";
import { finds, member } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { checkMark, leaveMark } from "../sight.ts";

/** Engines of the field wait longer, but each start of a container waits with them. */
const ACTIVATE_WITHIN_NS = 1e9;
const CALLS_BETWEEN = 100;

const activate: VolumeCase = {
  id: "P01",
  title: "Activation",
  severity: "critical",
  action: "Plugin.Activate as an engine sends it: no body, no Content-Type, an empty Host.",
  requirement: "The driver answers within a second that it implements VolumeDriver.",
  reason:
    "The engine's first word to a driver. Web frameworks that insist on a Host or a Content-Type refuse it, and the engine reports that there is no such plugin.",
  needs: [],
  run: async ({ driver, check }) => {
    const answers = [await driver.activate(), await driver.activate(), await driver.activate()];
    for (const answer of answers)
      check(
        "Plugin.Activate is answered with status 200 and JSON that names VolumeDriver.",
        activates(answer),
        told(answer),
      );
    const fastestNs = Math.min(...answers.map(({ durationNs }) => durationNs));
    const seen = `the fastest of three took ${Math.round(fastestNs / 1e6)} ms`;
    check("Plugin.Activate is answered within 1 s.", fastestNs < ACTIVATE_WITHIN_NS, seen);
  },
};

function activates(answer: Answer): boolean {
  const implemented = answer.ok ? member(answer.json, "Implements") : undefined;
  return Array.isArray(implemented) && implemented.includes("VolumeDriver");
}

const activateAgain: VolumeCase = {
  id: "P02",
  title: "Activation, again and again",
  severity: "high",
  action:
    "Two mount IDs hold a volume; Plugin.Activate several times, once more after 100 other calls; then the IDs are unmounted.",
  requirement: "Each answer is the same and nothing is forgotten: neither the volume nor who has it mounted.",
  reason:
    "An engine activates again each time it starts, and with live-restore containers have gone on running meanwhile: a driver that starts afresh takes their volumes from them at the next Unmount.",
  needs: [],
  run: async (context) => {
    const { driver, check, volume, mountId, mount, scale } = context;
    const name = await volume();
    const [first, second] = [mountId(), mountId()];
    const directory = await mount(name, first);
    await mount(name, second);
    const mark = context.subject.mounts && (await leaveMark(context, directory));
    const answers: Answer[] = [];
    for (let round = 0; round < scale.repeats; round++) answers.push(await driver.activate());
    for (let call = 0; call < CALLS_BETWEEN; call++) await [() => driver.get(name), () => driver.list()][call % 2]?.();
    answers.push(await driver.activate());
    for (const answer of answers)
      check(
        "Each Plugin.Activate is answered like the first.",
        answer.text === answers[0]?.text && answer.ok,
        told(answer),
      );
    const got = await driver.get(name);
    check("The volume is still there.", finds(got, name), told(got));
    await checkCounts(context, { name, first, second, directory, mark });
  },
};

interface HeldTwice {
  name: string;
  first: string;
  second: string;
  directory: string;
  /** Undefined where mounts cannot be seen. */
  mark: string | undefined;
}

async function checkCounts(context: CaseContext, { name, first, second, directory, mark }: HeldTwice): Promise<void> {
  const { driver, check } = context;
  const unmount = async (id: string) => {
    const answer = await driver.unmount(name, id);
    check("Unmount of an ID from before succeeds.", answer.ok, told(answer));
  };
  await unmount(second);
  if (mark !== undefined)
    await checkMark(context, "After the Unmount of one ID the volume is still mounted for the other.", {
      path: directory,
      mark,
    });
  await unmount(first);
  const removed = await driver.remove(name);
  check("After the Unmount of both the volume can be removed.", removed.ok, told(removed));
}

const capabilities: VolumeCase = {
  id: "P04",
  title: "Capabilities",
  severity: "medium",
  action: "Capabilities at first, after other calls, and where the driver can be restarted after that.",
  requirement: "The scope is exactly `local` or `global`, and always the same.",
  reason:
    "The engine takes an error and any other word for `local`, without a warning; a scope that changes makes a cluster look for a volume on every host and on one in turn.",
  needs: [],
  run: async (context) => {
    const { driver, check, observe, subject, volume } = context;
    const first = await driver.capabilities();
    if (first.status === 404) observe("there is no Capabilities: engines take the scope for local");
    const isRight = (answer: Answer) =>
      first.status === 404 ? answer.status === 404 : isScope(scopeIn(answer)) && scopeIn(answer) === scopeIn(first);
    const look = (answer: Answer) =>
      check("Capabilities says that the scope is local or global, the same each time.", isRight(answer), told(answer));
    look(first);
    await driver.get(await volume());
    look(await driver.capabilities());
    if (!subject.process) return;
    await subject.process.stop();
    await subject.process.start();
    look(await driver.capabilities());
  },
};

function scopeIn(answer: Answer): unknown {
  return answer.ok ? member(member(answer.json, "Capabilities"), "Scope") : undefined;
}

function isScope(scope: unknown): boolean {
  return scope === "local" || scope === "global";
}

const globalScope: VolumeCase = {
  id: "P05",
  title: "Scope of a shared back end",
  severity: "medium",
  action: "Capabilities of a driver whose volumes are promised to all hosts.",
  requirement: "The scope is `global`.",
  reason:
    "With `local` a cluster makes the volume once on each host: as many Creates of one volume as there are hosts, and as many Removes.",
  needs: [],
  run: async ({ driver, check, skip, subject }) => {
    if (subject.scope === "local") skip("volumes of this driver are promised to the host they are made on only");
    const answer = await driver.capabilities();
    check("Capabilities says that the scope is global.", scopeIn(answer) === "global", told(answer));
  },
};

export const activationCases = { activate, activateAgain, capabilities, globalScope };
