import type { Answer } from "../../client.ts";
import { denies, member, refuses, volumeIn } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { checkKept, goodOptions, timesListed } from "../exact-names.ts";
import { checkMark, leaveMark, viewOf } from "../sight.ts";
import { takeStock } from "../stock.ts";

const createAndFind: VolumeCase = {
  id: "C01",
  title: "Create, and find it",
  severity: "critical",
  action: "Create, Get and List of a new volume.",
  requirement: "The volume is found under its name, byte by byte, and listed once.",
  reason:
    "The engine takes the name that Get answers for the volume's; with another one it goes on with another volume.",
  needs: [],
  original: [2, 3],
  run: async (context: CaseContext) => {
    const { driver, name } = context;
    const volume = name();
    const before = await driver.get(volume);
    context.demand("Get finds nothing before Create.", denies(before), told(before));
    const made = await driver.create(volume, goodOptions(context));
    context.demand("Create makes a new volume.", made.ok, told(made));
    await checkKept(context, volume);
  },
};

const createAgain: VolumeCase = {
  id: "C02",
  title: "Create again",
  severity: "critical",
  action: "Create of a volume that is there, with the same options, several times, mounted and not.",
  requirement: "Each succeeds, there is one volume and what is in it stays.",
  reason:
    "In a cluster two hosts create one volume at the same moment, and an engine whose connection broke sends Create again: a driver that makes it anew wipes what is there, one that refuses it stops a container.",
  needs: [],
  run: async (context) => {
    const { driver, volume, mount, unmount, mountId, subject, scale, check } = context;
    const name = await volume();
    const id = mountId();
    const directory = await mount(name, id);
    const mark = subject.mounts && (await leaveMark(context, directory));
    const again = async (words: string) => {
      const answer = await driver.create(name, goodOptions(context));
      check(
        "Create of a volume that is there, with its own options, succeeds.",
        answer.ok,
        `${words}: ${told(answer)}`,
      );
    };
    await again("while it is mounted");
    await unmount(name, id);
    for (let round = 0; round < scale.repeats; round++) await again("while it is not mounted");
    await checkKept(context, name);
    if (mark === undefined) return;
    const path = await mount(name, id);
    await checkMark(context, "What was in the volume is in it after Create.", { path, mark });
  },
};

const createDifferently: VolumeCase = {
  id: "C03",
  title: "Create again, differently",
  severity: "high",
  action: "Create of a volume that is there, with other options.",
  requirement:
    "It is refused, or succeeds and leaves the volume as it is: neither made anew nor its mode or size set back.",
  reason:
    "Users change a size in a compose file and start again. The engine itself says nothing when options differ; some storage systems take a second create for a change of mode and quota.",
  needs: [],
  run: async (context) => {
    const { driver, volume, mount, unmount, mountId, subject, check, observe, skip } = context;
    const { good, other } = subject.options;
    if (!other) return skip("the suite was told of no options that differ from the good ones");
    const name = await volume();
    const id = mountId();
    const directory = await mount(name, id);
    const mark = subject.mounts && (await leaveMark(context, directory));
    const rootBefore = await rootFacts(context, directory);
    await unmount(name, id);
    const keys = [...Object.keys(good), ...Object.keys(other)];
    const before = statusOf(await driver.get(name), keys);
    const again = await driver.create(name, other);
    check("Create with other options succeeds, or is refused with words.", again.ok || refuses(again), told(again));
    observe(again.ok ? "Create with other options succeeds" : "Create with other options is refused");
    await checkKept(context, name);
    const after = statusOf(await driver.get(name), keys);
    check(
      "What Get says of the volume's options has not changed.",
      before === after,
      `before ${before}, after ${after}`,
    );
    if (mark === undefined) return;
    const path = await mount(name, id);
    await checkMark(context, "What was in the volume is in it after Create with other options.", { path, mark });
    const rootAfter = await rootFacts(context, path);
    const seen = `before ${rootBefore}, after ${rootAfter}`;
    check("The mode and the owner of the volume's root have not changed.", rootBefore === rootAfter, seen);
  },
};

async function rootFacts(context: CaseContext, directory: string): Promise<string> {
  if (!context.subject.mounts) return "";
  const facts = await viewOf(context).files.stat(directory);
  return facts ? `mode ${facts.mode.toString(8)}, user ${facts.uid}, group ${facts.gid}` : "nothing is there";
}

/** Of Status only what is named like an option: the rest may change by itself. */
function statusOf(answer: Answer, keys: readonly string[]): string {
  const status = volumeIn(answer)?.status;
  return JSON.stringify(keys.map((key) => [key, member(status, key)]));
}

/** Options in which nothing is right but what the driver says about them. */
interface RefusedOptions {
  options: Readonly<Record<string, string>>;
  /** Options of which the refusal names one. */
  names: readonly string[];
}

/** Checks that Create refuses options, says which, and makes nothing. */
async function checkRefused(context: CaseContext, { options, names }: RefusedOptions): Promise<void> {
  const { driver, name, check } = context;
  const volume = name();
  const answer = await driver.create(volume, options);
  const shown = JSON.stringify(options);
  check("Create refuses options that are not right.", refuses(answer), `${shown}: ${told(answer)}`);
  if (refuses(answer)) {
    const isNamed = names.some((one) => answer.error.toLowerCase().includes(one.toLowerCase()));
    check("The refusal names the option.", isNamed, `${shown}: ${told(answer)}`);
  }
  const got = await driver.get(volume);
  const count = await timesListed(context, volume);
  const seen = `${shown}: ${told(got)}; listed ${count} times`;
  if (!answer.ok) check("Options that are refused make nothing.", denies(got) && count === 0, seen);
}

const badOptions: VolumeCase = {
  id: "C06",
  title: "Options that are not right",
  severity: "medium",
  action: "Create with an option that no driver knows, and with each value that the suite was told is bad.",
  requirement: "Each is refused with an error that names the option, and nothing is made.",
  reason:
    "An option that is ignored is a promise that is not kept: `-o siez=10G` gives a volume without a limit, and the user learns of it when the disk is full.",
  needs: [],
  run: async (context) => {
    const isUnchanged = await takeStock(context);
    const { good, bad } = context.subject.options;
    const unknown = "seatrial-unknown-option";
    for (const wrong of [{ [unknown]: "x" }, { [unknown]: "" }, ...bad])
      await checkRefused(context, { options: { ...good, ...wrong }, names: Object.keys(wrong) });
    await isUnchanged("Nothing was made of options that are not right.");
  },
};

const missingOptions: VolumeCase = {
  id: "C07",
  title: "Options that are missing",
  severity: "medium",
  action: "Create without each of the options that are required.",
  requirement: "Each is refused with an error that names what is missing, and nothing is made.",
  reason: "The error is all that the user of `docker volume create` gets to see.",
  needs: [],
  run: async (context) => {
    const { good, required } = context.subject.options;
    if (required.length === 0) context.skip("the suite was told of no option that is required");
    for (const option of required) {
      const rest = Object.entries(good).filter(([key]) => key !== option);
      await checkRefused(context, { options: Object.fromEntries(rest), names: [option] });
    }
  },
};

export const singleCreateCases = { createAndFind, createAgain, createDifferently, badOptions, missingOptions };
