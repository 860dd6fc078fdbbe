import type { Answer } from "../../client.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { denies, finds, volumesIn } from "../answers.ts";
import { goodOptions } from "../exact-names.ts";
import { breakBackEnd, checkPromised } from "../trouble.ts";
import { atOnce, comesTrue, patientCall } from "../waiting.ts";

/** Mounts that hang at once while others are asked for. */
const HANGING = 20;
/** Answers that need no back end take at most so long meanwhile. */
const UNDISTURBED_MS = 1000;
/** Longer than a catalogue is commonly kept, so that it has to be read again. */
const WATCH_MS = 6000;

/** What is answered while the back end does not serve. */
export const outageCases: readonly VolumeCase[] = [
  {
    id: "G07",
    title: "An outage does not make volumes vanish",
    severity: "critical",
    action:
      "Takes the back end away and asks Get for a volume that is mounted and for one that is not, and List, again and again.",
    requirement:
      "Get answers from what was last known, or not at all; List is never a list without them; afterwards all are there.",
    reason:
      "One Get that answers with an error means that the volume does not exist: the engine deletes its labels and options, and `run -v` silently makes a local volume of that name on the host's disk. A call without an answer keeps everything.",
    needs: ["back-end"],
    run: (context) => knownInTrouble(context, "away"),
  },
  {
    id: "G08",
    title: "In an outage nobody is told that a volume does not exist",
    severity: "high",
    action:
      "Takes the back end away and asks Get for a name that was never made; restarts the driver and asks for one that was.",
    requirement:
      "Where volumes may come from other hosts, an unknown name gets no answer; a volume that exists is never denied.",
    reason:
      "While the back end cannot be asked a driver cannot know what others have made; an error means absent, and the engine acts on it at once.",
    needs: ["back-end"],
    run: unknownInOutage,
  },
  {
    id: "G11",
    title: "Hanging mounts hold up nobody else",
    severity: "high",
    action:
      "Lets 20 Mounts hang and meanwhile asks Capabilities, and Get for volumes that hang and for one that does not.",
    requirement: "Each answer comes within 1 s.",
    reason:
      "Engines ask Get before every start, stop and inspect: a driver that holds one lock, or all its threads, while a mount hangs stops every container that uses it.",
    needs: ["back-end"],
    run: servesWhileMountsHang,
  },
  {
    id: "G14",
    title: "A back end that is starting is an outage, not an answer",
    severity: "critical",
    action:
      "Lets the back end answer like a service that is not ready; asks Get, List and Create, and again when it is ready.",
    requirement:
      "Known volumes are answered from what was last known or not at all; a Create that fails works afterwards, and one that succeeds has made a volume.",
    reason:
      'A storage cluster that fails over answers in its first second that it knows no such command: taken for "no such volume", that one second costs all volumes their labels and options.',
    needs: ["back-end"],
    run: async (context) => {
      await knownInTrouble(context, "starting");
      await createsOnceReady(context);
    },
  },
];

async function knownInTrouble(context: CaseContext, fault: "away" | "starting"): Promise<void> {
  const { driver, clock, scale } = context;
  const names = [await context.volume(), await context.volume()];
  const [used = ""] = names;
  const id = context.mountId();
  await context.mount(used, id);
  const heal = await breakBackEnd(context, fault);
  const endNs = clock.nowNs() + Math.min(WATCH_MS, scale.patienceMs / 5) * 1e6;
  do {
    for (const name of names) checkKnown(context, name, await patientGet(context, name));
    checkNotEmptied(
      context,
      names,
      await patientCall(context, context.deadlineMs, (deadlineMs) => driver.call("List", {}, { deadlineMs })),
    );
    await clock.sleep(50, context.signal);
  } while (clock.nowNs() < endNs);
  await heal();
  for (const name of names) await checkBack(context, name);
  await context.unmount(used, id);
}

function checkKnown(context: CaseContext, name: string, answer: Answer): void {
  const held = context.check(
    "Get of a volume that exists is answered with it, or not at all.",
    answer.silence !== undefined || finds(answer, name),
    told(answer),
  );
  if (held)
    context.observe(
      `in an outage Get of a known volume ${answer.silence ? "is not answered" : "answers what was last known"}`,
    );
}

function checkNotEmptied(context: CaseContext, names: readonly string[], answer: Answer): void {
  const listed = volumesIn(answer).map(({ name }) => name);
  // An engine whose List fails warns and shows the names that it has kept: it loses nothing by it.
  if (!answer.ok) return context.observe(`in an outage List ${answer.silence ? "is not answered" : "fails"}`);
  context.check(
    "List has the volumes that exist.",
    names.every((name) => listed.includes(name)),
    told(answer),
  );
  context.observe("in an outage List answers what was last known");
}

async function checkBack(context: CaseContext, name: string): Promise<void> {
  const back = await comesTrue(context, context.scale.patienceMs, async () =>
    finds(await context.driver.get(name), name),
  );
  context.check(
    "Get finds the volume when the outage is over.",
    back,
    back ? "found" : told(await context.driver.get(name)),
  );
}

async function createsOnceReady(context: CaseContext): Promise<void> {
  const name = context.name();
  const heal = await breakBackEnd(context, "starting");
  const create = (deadlineMs: number) =>
    context.driver.call("Create", { Name: name, Opts: goodOptions(context) }, { deadlineMs });
  const early = await patientCall(context, context.deadlineMs, create);
  await heal();
  if (early.ok) return checkPromised(context, name);
  const made = await comesTrue(context, context.scale.patienceMs, async () => (await create(context.deadlineMs)).ok);
  context.check("The same Create succeeds when the back end is ready.", made, made ? "made" : "it still fails");
}

async function unknownInOutage(context: CaseContext): Promise<void> {
  const known = await context.volume();
  const heal = await breakBackEnd(context, "away");
  const answer = await patientGet(context, context.name());
  if (context.subject.scope === "global")
    context.check("Get of an unknown name is not answered.", answer.silence !== undefined, told(answer));
  else {
    // What no other host can have made, a driver may well know not to be there.
    context.check(
      "Get of an unknown name finds nothing.",
      answer.silence !== undefined || denies(answer),
      told(answer),
    );
    context.observe(
      `in an outage Get of an unknown name ${answer.silence ? "is not answered" : "is answered: there is none"}`,
    );
  }
  await askAfterRestart(context, known);
  await heal();
  if (context.subject.process?.pid() === undefined) await context.subject.process?.start();
  await checkBack(context, known);
}

/** A driver that starts in an outage may know nothing, and then has to say nothing. */
async function askAfterRestart(context: CaseContext, known: string): Promise<void> {
  const { process } = context.subject;
  if (!process) return context.observe("the driver could not be restarted in the outage");
  await process.stop();
  try {
    await process.start();
  } catch {
    return context.observe("the driver does not start in an outage");
  }
  const answer = await patientGet(context, known);
  context.check(
    "A driver that was started in the outage does not deny a volume that exists.",
    answer.silence !== undefined || finds(answer, known),
    told(answer),
  );
}

async function servesWhileMountsHang(context: CaseContext): Promise<void> {
  const { driver, scale } = context;
  const idle = await context.volume();
  const names = await atOnce(Array.from({ length: HANGING }), scale.concurrency, () => context.volume());
  const heal = await breakBackEnd(context, "mount-hangs");
  const ended: Answer[] = [];
  const mounts = names.map(async (name) => {
    const answer = await driver.mount(name, context.mountId());
    ended.push(answer);
  });
  for (let round = 0; round < scale.repeats; round++) {
    checkQuick(context, "Capabilities", await driver.capabilities());
    for (const name of [idle, names[round % names.length] ?? idle]) {
      const answer = await driver.get(name);
      checkQuick(context, "Get", answer);
      context.check("Get finds the volume meanwhile.", finds(answer, name), told(answer));
    }
  }
  const bites = ended.every(({ ok }) => !ok);
  await heal();
  await Promise.all(mounts);
  if (!bites) context.skip("mounts do not hang with this fault: one of them was answered with a path");
}

function checkQuick(context: CaseContext, call: string, answer: Answer): void {
  const durationMs = answer.durationNs / 1e6;
  context.check(
    `${call} answers within 1 s while mounts hang.`,
    !answer.silence && durationMs < UNDISTURBED_MS,
    `${told(answer)} after ${durationMs.toFixed(1)} ms`,
  );
  context.timed({ call, load: "while mounts hang", valuesNs: [answer.durationNs] });
}

function patientGet(context: CaseContext, name: string): Promise<Answer> {
  return patientCall(context, context.deadlineMs, (deadlineMs) =>
    context.driver.call("Get", { Name: name }, { deadlineMs }),
  );
}
