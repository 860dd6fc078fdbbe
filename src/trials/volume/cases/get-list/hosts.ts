import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { denies, finds, pathIn, refuses, volumesIn } from "../answers.ts";
import { goodOptions } from "../exact-names.ts";
import { mountThere, otherHost, otherView, SEEN_WITHIN_MS } from "../hosts.ts";
import { checkMark, leaveMark, markedVolume, readMark, viewOf } from "../sight.ts";
import { comesTrue, seconds } from "../waiting.ts";

/** Volumes that come and go on another host. */
export const hostCases: readonly VolumeCase[] = [
  {
    id: "G12",
    title: "A volume made on another host is there",
    severity: "high",
    action: "Makes a volume on the other host, asks Get and List here, mounts it on both.",
    requirement: "Get and List have it here within 5 s, it can be mounted, and what was written there is in it.",
    reason:
      "With scope global a scheduler starts a container on any host: where Get does not know the volume the engine calls Create, which makes a second one or fails.",
    needs: ["mounts", "peer"],
    original: [10],
    run: comesFromThere,
  },
  {
    id: "G13",
    title: "A volume removed on another host is gone, and stays known while it is mounted here",
    severity: "critical",
    action:
      "Removes a volume on the other host and asks Get and Mount here; then removes one there that is mounted here, and unmounts it.",
    requirement:
      "An unused volume disappears within 5 s and Mount refuses it; one that is mounted here is known until its Unmount, which succeeds.",
    reason:
      "A local directory that stands in takes a container's data to the host's disk. Unmount is preceded by Get: where that fails an engine never sends the Unmount, and the mount stays for good.",
    needs: ["mounts", "peer"],
    run: goesThere,
  },
];

async function comesFromThere(context: CaseContext): Promise<void> {
  const there = otherHost(context);
  const view = otherView(context, there);
  const name = context.name();
  const made = await there.driver.create(name, goodOptions(context));
  context.demand("The other host makes the volume.", made.ok, told(made));
  const startNs = context.clock.nowNs();
  const known = await comesTrue(context, SEEN_WITHIN_MS, async () => finds(await context.driver.get(name), name));
  const afterNs = context.clock.nowNs() - startNs;
  context.check("Get finds it here within 5 s.", known, `${seconds(afterNs / 1e6)} after Create was answered there`);
  context.timed({ call: "Get", load: "until it finds what another host has made", valuesNs: [afterNs] });
  const listed = await comesTrue(context, SEEN_WITHIN_MS, async () =>
    volumesIn(await context.driver.list()).some((volume) => volume.name === name),
  );
  context.check("List has it here within 5 s.", listed, listed ? "listed" : told(await context.driver.list()));
  const mark = await leaveMark(context, await mountThere(context, there, name), view);
  const path = await context.mount(name, context.mountId());
  await comesTrue(context, SEEN_WITHIN_MS, async () => (await readMark(viewOf(context).files, path)) === mark);
  await checkMark(context, "What was written on the other host is in it here.", { path, mark });
}

async function goesThere(context: CaseContext): Promise<void> {
  const there = otherHost(context);
  const unused = await context.volume();
  await comesTrue(context, SEEN_WITHIN_MS, async () => finds(await there.driver.get(unused), unused));
  const known = await context.driver.get(unused);
  context.demand("Get finds a volume that was made here.", finds(known, unused), told(known));
  const removed = await there.driver.remove(unused);
  context.demand("The other host removes a volume that nobody uses.", removed.ok, told(removed));
  const gone = await comesTrue(context, SEEN_WITHIN_MS, async () => denies(await context.driver.get(unused)));
  context.check("Get denies it here within 5 s.", gone, told(await context.driver.get(unused)));
  const mounted = await context.driver.mount(unused, context.mountId());
  context.check("Mount refuses it with an error.", refuses(mounted), told(mounted));
  context.check("No path is answered that stands in for it.", pathIn(mounted) === "", told(mounted));
  await staysWhileMounted(context);
}

async function staysWhileMounted(context: CaseContext): Promise<void> {
  const there = otherHost(context);
  const { name, id, path, mark } = await markedVolume(context);
  await comesTrue(context, SEEN_WITHIN_MS, async () => finds(await there.driver.get(name), name));
  const removed = await there.driver.remove(name);
  context.observe(
    removed.ok
      ? "a volume that is mounted on one host can be removed on another"
      : `a volume that is mounted on one host cannot be removed on another: ${told(removed)}`,
  );
  // A catalogue that is read anew every few seconds has to be given the time to notice.
  const watchedMs = removed.ok ? Math.min(SEEN_WITHIN_MS, context.scale.patienceMs) : 0;
  const denied = await comesTrue(context, watchedMs, async () => denies(await context.driver.get(name)));
  const answer = await context.driver.get(name);
  context.check("Get knows a volume as long as it is mounted here.", !denied, told(answer));
  const unmounted = await context.driver.unmount(name, id);
  context.check("Its Unmount succeeds.", unmounted.ok, told(unmounted));
  if (!removed.ok) return;
  const seen = await readMark(viewOf(context).files, path);
  context.check("No data of it is left at the path.", seen !== mark, `${seen} at ${path}`);
}
