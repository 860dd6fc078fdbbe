import type { CaseContext, VolumeCase } from "../case.ts";
import { viewOf } from "../sight.ts";
import { comesTrue } from "../waiting.ts";

/** Share of the rounds that warms the driver up before anything is measured. */
const WARM_UP = 0.1;
const SETTLE_MS = 5000;
/** Connections and files that may be open at one time and not at another. */
const SPARE_DESCRIPTORS = 8;
/** What a runtime with a garbage collector may keep. */
const SPARE_BYTES = 64 * 2 ** 20;

/** What many mounts leave behind. */
export const cycleCases: readonly VolumeCase[] = [
  {
    id: "M24",
    title: "Many mounts and unmounts leave nothing behind",
    severity: "high",
    action: "Mounts and unmounts one volume as often as the profile has rounds, and counts before and after.",
    requirement: "Mounts, open files, processes and memory of the driver are back where they were.",
    reason:
      "A driver runs for as long as its host: one mount or one descriptor left by each start stops it, or the host, after some thousands (rexray#1130 had 65,536 stacked mounts).",
    needs: ["mounts"],
    run: leavesNothingBehind,
  },
];

/** What the driver has of its host. */
interface Appetite {
  mounts: number;
  descriptors: number;
  processes: number;
  residentBytes: number;
}

async function leavesNothingBehind(context: CaseContext): Promise<void> {
  const name = await context.volume();
  const { rounds } = context.scale;
  await cycle(context, name, Math.ceil(rounds * WARM_UP));
  const before = await appetite(context);
  const valuesNs = await cycle(context, name, rounds);
  context.timed({ call: "Mount", load: "alone", valuesNs: valuesNs.map(([mountNs]) => mountNs) });
  context.timed({ call: "Unmount", load: "alone", valuesNs: valuesNs.map(([, unmountNs]) => unmountNs) });
  await comesTrue(context, SETTLE_MS, async () => isNoMore(await appetite(context), before));
  const after = await appetite(context);
  const check = (what: string, holds: boolean, unit: keyof Appetite) =>
    context.check(what, holds, `${before[unit]} before, ${after[unit]} after ${rounds} rounds`);
  check("As many mounts as before.", after.mounts <= before.mounts, "mounts");
  if (!context.subject.process)
    return context.observe("what the driver takes of its host beside mounts cannot be seen");
  check("As many processes as before.", after.processes <= before.processes, "processes");
  check(
    "As many open descriptors as before.",
    after.descriptors <= before.descriptors + SPARE_DESCRIPTORS,
    "descriptors",
  );
  check("Memory grows by less than 64 MiB.", after.residentBytes < before.residentBytes + SPARE_BYTES, "residentBytes");
}

/** Gives how long each Mount and each Unmount took. */
async function cycle(context: CaseContext, name: string, rounds: number): Promise<[number, number][]> {
  const durations: [number, number][] = [];
  for (let round = 0; round < rounds; round++) {
    const id = context.mountId();
    const startNs = context.clock.nowNs();
    await context.mount(name, id);
    const mountedNs = context.clock.nowNs();
    await context.unmount(name, id);
    durations.push([mountedNs - startNs, context.clock.nowNs() - mountedNs]);
  }
  return durations;
}

async function appetite(context: CaseContext): Promise<Appetite> {
  const none = { descriptors: 0, processes: 0, residentBytes: 0 };
  const usage = (await context.subject.process?.usage()) ?? none;
  return { mounts: (await viewOf(context).table()).length, ...usage };
}

function isNoMore(now: Appetite, then: Appetite): boolean {
  return (
    now.mounts <= then.mounts &&
    now.processes <= then.processes &&
    now.descriptors <= then.descriptors + SPARE_DESCRIPTORS
  );
}
