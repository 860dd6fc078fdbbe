import type { ContainerMount } from "../../subject.ts";
import type { CaseContext, VolumeCase } from "../case.ts";
import { at, checkRan, IDLE, onTheWay, type Ran, refusal, toldRan, type Workbench, workbench } from "./workbench.ts";

const AT_ONCE = 10;
/** Containers that come and go live so long at most. */
const LONGEST_LIFE_S = 0.3;

/** Many containers on one volume. */
export const atOnceCases: readonly VolumeCase[] = [
  {
    id: "E07",
    title: "Many containers at once on a new volume",
    severity: "critical",
    action: "Starts two and then ten containers at once on a volume that is not there yet, in several rounds.",
    requirement: "All start, and all see one volume.",
    reason:
      "The engine calls Create and Mount for each of them at the same time: a driver without a lock makes the volume twice, or says that it is busy.",
    needs: ["engine"],
    original: [8],
    run: startsOnNew,
  },
  {
    id: "E08",
    title: "Many containers come and go on one volume",
    severity: "critical",
    action:
      "Runs ten containers at once with --rm on a volume, and the next ten while those are ending, in several rounds.",
    requirement: "All start, see the data that was there before, and write.",
    reason:
      'The last Unmount of the earlier ones meets the Mount of the later ones: a driver that removes its directory or its mount in between answers a path that is gone, and the start fails with "no such file or directory".',
    needs: ["engine"],
    original: [9],
    run: comeAndGo,
  },
];

async function startsOnNew(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  for (let round = 0; round < context.scale.engineRounds; round++)
    for (const count of [2, AT_ONCE]) await startOnNew(context, bench, count);
}

async function startOnNew(context: CaseContext, bench: Workbench, count: number): Promise<void> {
  const name = bench.unmade();
  const mount = onTheWay(context, name);
  const startsNs: number[] = [];
  const started = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const startedNs = context.clock.nowNs();
      const said = await refusal(bringUp(bench, `echo ${index} >/v/own-${index}; ${IDLE}`, mount));
      startsNs.push(context.clock.nowNs() - startedNs);
      return said;
    }),
  );
  context.timed({ call: "a container's start", load: `${count} at once on a new volume`, valuesNs: startsNs });
  const refused = started.filter((said) => said !== "");
  context.demand(
    `All of ${count} containers start on a new volume.`,
    refused.length === 0,
    `${refused.length} did not: ${refused[0] ?? "none"}`,
  );
  const seen = await bench.run(
    `i=0; until [ $(ls /v | grep -c own-) = ${count} ] || [ $i = 50 ]; do i=$((i+1)); sleep 0.1; done; ls /v | grep -c own-`,
    [at(name)],
  );
  checkRan(context, "All of them have one volume.", seen, `${count}\n`);
}

/** Kept until the end of the case. */
async function bringUp(bench: Workbench, script: string, mount: ContainerMount): Promise<void> {
  const container = await bench.raw(script, [mount]);
  await container.start();
}

async function comeAndGo(context: CaseContext): Promise<void> {
  const { random, scale, clock } = context;
  const bench = workbench(context);
  const name = await bench.volume();
  checkRan(context, "A container writes to the volume.", await bench.run("echo there >/v/mark", [at(name)]));
  const valuesNs: number[] = [];
  const round = (number: number): Promise<Ran>[] =>
    Array.from({ length: AT_ONCE }, async (_, index) => {
      const lifeS = (random.below(100) / 100) * LONGEST_LIFE_S;
      const script = `[ "$(cat /v/mark)" = there ] && echo x >/v/run-${number}-${index} && sleep ${lifeS}`;
      const startedNs = clock.nowNs();
      const ran = await passing(bench, script, name, () => valuesNs.push(clock.nowNs() - startedNs));
      return ran;
    });
  const all: Promise<Ran>[] = [];
  for (let number = 0; number < scale.engineRounds * 2; number++) {
    const batch = round(number);
    all.push(...batch);
    // The next ones start while most of these are ending, or when few of them are left.
    await (number % 2 === 0 ? Promise.race(batch) : batch[random.below(AT_ONCE)]);
  }
  const failed = (await Promise.all(all)).filter(({ status }) => status !== 0);
  context.timed({ call: "a container's start", load: `${AT_ONCE} at once on an existing volume`, valuesNs });
  context.check(
    "All containers start, see what was there and write.",
    failed.length === 0,
    failed[0] ? `${failed.length} of ${all.length} did not: ${toldRan(failed[0])}` : `${all.length} containers`,
  );
  const written = await bench.run("ls /v | grep -c run-", [at(name)]);
  checkRan(context, "All that they wrote is there.", written, `${all.length}\n`);
}

/** One with `--rm`. */
async function passing(bench: Workbench, script: string, name: string, onStart: () => void): Promise<Ran> {
  let status = -1;
  const output = await refusal(
    (async () => {
      const container = await bench.raw(script, [at(name)], { isPassing: true });
      const ended = container.ended();
      ended.catch(() => undefined);
      await container.start();
      onStart();
      status = await ended;
    })(),
  );
  return { status: output === "" ? status : -1, output };
}
