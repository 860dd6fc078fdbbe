import type { CaseContext, VolumeCase } from "../case.ts";
import { otherHost } from "../hosts.ts";
import { appendScript, countScript, type Writing } from "./append-script.ts";
import { at, checkRan, checkRemoved, demanded, toldRan, workbench, type Workbench } from "./workbench.ts";

/** Containers of two hosts that write to one file. */
export const appendingCases: readonly VolumeCase[] = [
  {
    id: "E17",
    title: "Containers on two hosts append to one file",
    severity: "high",
    action:
      "Lets containers on both hosts append records to one file at once, opened under a lock that all of them take; then to another that each keeps open, without a lock.",
    requirement:
      "With the lock no record is lost, and both hosts have all of them. What is lost without one is told, and not judged.",
    reason:
      "Replicas of a service write logs and queues from several hosts. A driver that gives each host a copy, or mounts with a cache that does not ask again, loses what others wrote, and nobody gets an error.",
    needs: ["engine", "peer"],
    run: losesNothing,
  },
  {
    id: "E18",
    title: "A replicated service writes from two hosts",
    severity: "high",
    action:
      "Makes a swarm of both hosts' engines, and runs a service whose containers, half of them on each host, append records to one file under a lock. Its volume is made on the way.",
    requirement: "Every container runs, both hosts have one volume, no record is lost, and the volume can be removed.",
    reason:
      "Each host of a swarm asks its own driver for the volume, and has it made there, at the same moment: a second Create that fails keeps replicas from starting, and one that makes another volume parts their data.",
    needs: ["engine", "peer"],
    run: servesReplicas,
  },
];

async function losesNothing(context: CaseContext): Promise<void> {
  const { subject: other } = otherHost(context);
  if (!other.engine) return context.skip("no engine takes part on the other host");
  const benches = [workbench(context), workbench(context, other.engine)] as const;
  const volume = await benches[0].volume();
  const { writers, records } = context.scale;
  const locked = { how: "locked", writers, records } as const;
  await appendAll(context, benches, locked, volume);
  for (const bench of benches) if (!(await checkAllThere(context, bench, locked, volume))) return;
  const bare = { how: "bare", writers, records } as const;
  await appendAll(context, benches, bare, volume);
  const { output } = await benches[0].run(countScript(bare), [at(volume)]);
  context.observe(
    `of ${writers * records} records that ${writers} containers on two hosts append without a lock, ${output.trim()} are there`,
  );
}

async function servesReplicas(context: CaseContext): Promise<void> {
  const { subject: other } = otherHost(context);
  const { swarm: makeSwarm, options } = context.subject;
  if (!makeSwarm || !other.engine)
    return context.skip("the engines of two hosts are not the suite's, so no swarm is made of them");
  const swarm = await makeSwarm();
  context.defer(async () => swarm[Symbol.asyncDispose]());
  const benches = [workbench(context), workbench(context, other.engine)] as const;
  const volume = benches[0].unmade();
  const { writers, records } = context.scale;
  const writing = { how: "locked", writers, records } as const;
  const mount = at(volume, "/v", { made: { options: options.good, labels: {} } });
  const service = { script: appendScript("$SLOT", writing), mount, containers: writers };
  const tasks = await demanded(context, "The swarm runs a service with the volume.", swarm.run(service));
  for (const task of tasks) {
    const what = "Every container of the service appends its records without an error.";
    context.check(what, task.status === 0, `container ${task.slot} on ${task.host || "no host"}: ${toldRan(task)}`);
  }
  const hosts = new Set(tasks.map(({ host }) => host));
  context.check("They run on both hosts.", hosts.size === benches.length, [...hosts].join(", "));
  for (const bench of benches) if (!(await checkAllThere(context, bench, writing, volume))) return;
  await checkRemoved(context, benches[0], volume);
}

/** Every other one on the other host. */
async function appendAll(
  context: CaseContext,
  benches: readonly [Workbench, Workbench],
  writing: Writing,
  volume: string,
): Promise<void> {
  const ran = await Promise.all(
    Array.from({ length: writing.writers }, (_, index) =>
      benches[index % 2 === 0 ? 0 : 1].run(appendScript(String(index), writing), [at(volume)]),
    ),
  );
  for (const one of ran) checkRan(context, "Every container appends its records without an error.", one, "");
}

async function checkAllThere(
  context: CaseContext,
  bench: Workbench,
  writing: Writing,
  volume: string,
): Promise<boolean> {
  const all = writing.writers * writing.records;
  const seen = await bench.run(countScript(writing), [at(volume)]);
  const what = `All of ${all} records that were appended under a lock are there, on each host.`;
  return checkRan(context, what, seen, `${all}\n`);
}
