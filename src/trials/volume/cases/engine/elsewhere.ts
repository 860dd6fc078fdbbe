import type { CaseContext, VolumeCase } from "../case.ts";
import { otherHost, SEEN_WITHIN_MS } from "../hosts.ts";
import { comesTrue, seconds } from "../waiting.ts";
import { at, checkRan, workbench } from "./workbench.ts";

const LISTED_WITHIN_MS = 2000;

/** Engines that meet what others have made, or a driver that is gone. */
export const elsewhereCases: readonly VolumeCase[] = [
  {
    id: "E09",
    title: "Made on one host, used on the other",
    severity: "high",
    action:
      "Makes a volume through one host's engine and writes to it; lists, reads and writes it through the other's.",
    requirement: "It is listed there within 5 s, has the data, and what is written there is read here.",
    reason: "A driver of global scope promises one list for all hosts: what is not in it is made anew, empty.",
    needs: ["engine", "peer"],
    original: [10],
    run: isUsedElsewhere,
  },
  {
    id: "E16",
    title: "An engine without the driver that it had",
    severity: "medium",
    action: "Stops the driver, starts the engine anew, and lists volumes.",
    requirement: "The list comes within 2 s.",
    reason:
      "An engine asks every socket that it finds among its drivers': one that nobody listens on any more costs each `docker volume ls` 15 s (moby#22653).",
    needs: ["engine", "process", "engine-process"],
    run: isLeftClean,
  },
];

async function isUsedElsewhere(context: CaseContext): Promise<void> {
  const { subject: other } = otherHost(context);
  if (!other.engine) return context.skip("no engine takes part on the other host");
  const here = workbench(context);
  const there = workbench(context, other.engine);
  const name = await here.volume();
  checkRan(context, "A container writes on the first host.", await here.run("echo here >/v/here", [at(name)]));
  const startedNs = context.clock.nowNs();
  const isListed = await comesTrue(context, SEEN_WITHIN_MS, async () => (await there.engine.volumes()).includes(name));
  const tookMs = (context.clock.nowNs() - startedNs) / 1e6;
  context.check("The other host lists it within 5 s.", isListed, seconds(tookMs));
  const read = await there.run("cat /v/here && echo there >/v/there", [at(name)]);
  checkRan(context, "A container on the other host reads it and writes.", read, "here\n");
  checkRan(context, "The first host reads that.", await here.run("cat /v/there", [at(name)]), "there\n");
}

async function isLeftClean(context: CaseContext): Promise<void> {
  const {
    subject: { process: driver },
    clock,
  } = context;
  const { engine } = workbench(context);
  if (!driver || !engine.process) throw new Error("the case stops the driver and the engine");
  await engine.volumes();
  await driver.stop();
  await engine.process.stop();
  const startMs = await engine.process.start();
  const startedNs = clock.nowNs();
  await engine.volumes();
  const tookMs = (clock.nowNs() - startedNs) / 1e6;
  context.observe(`without the driver the engine starts in ${seconds(startMs)}`);
  context.check("Volumes are listed within 2 s.", tookMs < LISTED_WITHIN_MS, seconds(tookMs));
}
