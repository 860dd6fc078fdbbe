import { volumeIn } from "../answers.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { otherHost, SEEN_WITHIN_MS } from "../hosts.ts";
import { comesTrue, seconds } from "../waiting.ts";
import { at, checkRan, toldRan, workbench } from "./workbench.ts";
import { namedOptions } from "../../named-options.ts";

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
    id: "E15",
    title: "Podman uses the driver",
    severity: "medium",
    action: "Makes a volume with podman, writes and reads it in containers, reloads, lists and removes it.",
    requirement: "All of it works, and a volume that is not there is refused.",
    reason:
      "Podman waits 5 s for each call, sends one mount ID for all volumes, and takes no notice of an Err beside a status of 200.",
    needs: ["engine"],
    run: worksWithPodman,
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

async function worksWithPodman(context: CaseContext): Promise<void> {
  const { podman } = workbench(context).engine;
  if (!podman) return context.skip("there is no podman beside the engine");
  const name = context.name();
  context.defer(async () => void (await podman.order("volume", "rm", "--force", name)));
  const options = Object.entries(namedOptions(context.subject.options.good, name)).flatMap(([key, value]) => [
    "--opt",
    `${key}=${value}`,
  ]);
  const made = await podman.order("volume", "create", "--driver", podman.driver, ...options, name);
  checkRan(context, "podman makes a volume.", made);
  checkRan(context, "A container of podman writes.", await podman.run("echo there >/v/file", name));
  checkRan(context, "The next one reads it.", await podman.run("cat /v/file", name), "there\n");
  checkRan(context, "podman compares its volumes with the driver's.", await podman.order("volume", "reload"));
  const listed = await podman.order("volume", "ls", "--quiet");
  context.check("It lists the volume.", listed.output.split("\n").includes(name), toldRan(listed));
  const gone = await podman.order("volume", "rm", name);
  checkRan(context, "podman removes it.", gone);
  const missing = await podman.order("volume", "rm", name);
  context.check("One that is not there is refused.", missing.status !== 0, toldRan(missing));
  const answer = await context.driver.get(name);
  context.check("The driver has it no more.", volumeIn(answer) === undefined, told(answer));
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
