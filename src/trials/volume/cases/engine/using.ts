import { volumeIn } from "../answers.ts";
import type { CaseContext, VolumeCase } from "../case.ts";
import { textAt } from "../sight.ts";
import { atOnce, comesTrue } from "../waiting.ts";
import { at, checkRan, checkRemoved, driverMounts, IDLE, refusal, toldRan, workbench } from "./workbench.ts";

/** What the engine unmounts is gone so soon. */
const GONE_WITHIN_MS = 5000;
const MOST_VOLUMES = 100;
const IN_ONE_CONTAINER = 20;

/** Volumes in containers. */
export const usingCases: readonly VolumeCase[] = [
  {
    id: "E03",
    title: "A container runs on an existing volume",
    severity: "high",
    action: "Starts a container on a volume, has it write a file, and looks for that where the driver has it mounted.",
    requirement: "The container's path is a mount of its own, with room, and what it writes is in the driver's volume.",
    reason:
      "Whatever lies at the path that Mount answers is bound into the container: another directory is taken as well.",
    needs: ["engine"],
    original: [4],
    run: isTheVolume,
  },
  {
    id: "E04",
    title: "The container ends",
    severity: "high",
    action: "Starts a container on a volume, kills it and removes it.",
    requirement: "Nothing that was mounted for it is mounted any more.",
    reason: "The engine sends one Unmount for each Mount; what is mounted then stays until the host is started anew.",
    needs: ["engine", "mounts"],
    original: [5],
    run: isUnmounted,
  },
  {
    id: "E10",
    title: "Many volumes, twenty in one container, one twice",
    severity: "high",
    action:
      "Makes many volumes at once; runs a container with twenty of them, and one with the same volume at two places.",
    requirement:
      "Each is listed once, each is another one inside, both places show one volume, and all can be removed.",
    reason: "A volume at two places is mounted twice with two IDs; as many Unmounts have to bring it back to nothing.",
    needs: ["engine"],
    original: [11],
    run: takesMany,
  },
  {
    id: "E12",
    title: "One of three mounts fails at the start",
    severity: "medium",
    action:
      "Makes a container with three volumes, removes the third behind the engine's back, starts it, and uses the others.",
    requirement: "The start fails with an error, and the other two keep their data and serve the next container.",
    reason:
      "Engines leave what they had mounted for a container that did not start, and unmount it late or never (netshare#91): the driver has to live with it.",
    needs: ["engine"],
    run: survivesHalfAStart,
  },
  {
    id: "E14",
    title: "nocopy, z, and a directory of a volume",
    severity: "low",
    action:
      "Runs containers with `nocopy`, with `z`, and with a directory of the volume where the API is 1.45 or newer.",
    requirement: "Each works, or is refused with an error.",
    reason:
      "They are the engine's own work on what the driver has mounted; a label that cannot be set must not fail silently.",
    needs: ["engine"],
    run: takesModes,
  },
];

async function isTheVolume(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const name = await bench.volume();
  const container = await bench.start(`echo inside >/v/file; ${IDLE}`, [at(name)]);
  const own = await container.run("grep ' /v ' /proc/self/mountinfo");
  checkRan(context, "The volume is a mount of its own in the container.", own);
  const room = await container.run("df -P /v | tail -n 1");
  const [source = "", blocks = "0"] = room.output.split(/\s+/);
  context.check("df shows a file system with room.", Number(blocks) > 0, room.output.trim());
  context.observe(`df shows ${source} with ${blocks} KiB`);
  const { mounts, socketPath } = context.subject;
  if (!mounts || socketPath === "") return;
  const mountpoint = volumeIn(await context.driver.get(name))?.mountpoint;
  if (typeof mountpoint !== "string" || mountpoint === "")
    return context.observe("Get tells no path while it is mounted");
  const isThere = await comesTrue(
    context,
    GONE_WITHIN_MS,
    async () => (await textAt(mounts.files, `${mountpoint}/file`)) === "inside\n",
  );
  const seen = await textAt(mounts.files, `${mountpoint}/file`);
  context.check(
    "What the container writes is where the driver has the volume.",
    isThere,
    `${seen} at ${mountpoint}/file`,
  );
}

async function isUnmounted(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const name = await bench.volume();
  const before = await driverMounts(context);
  const container = await bench.start(IDLE, [at(name)]);
  const during = await driverMounts(context);
  await container.stop();
  await container.remove();
  const isBack = await comesTrue(
    context,
    GONE_WITHIN_MS,
    async () => (await driverMounts(context)).length <= before.length,
  );
  const after = await driverMounts(context);
  const seen = isBack ? `${during.length - before.length} more during its life` : after.join("; ");
  context.check("What was mounted for the container is gone.", isBack, seen);
}

async function takesMany(context: CaseContext): Promise<void> {
  const { scale } = context;
  const bench = workbench(context);
  const count = Math.max(IN_ONE_CONTAINER, Math.min(scale.volumes, MOST_VOLUMES));
  const names = await atOnce(Array.from({ length: count }), scale.concurrency, () => bench.volume());
  const listed = await bench.engine.volumes();
  const odd = names.filter((name) => listed.filter((one) => one === name).length !== 1);
  context.check("Each of many volumes is listed once.", odd.length === 0, odd.slice(0, 5).join() || `${count} listed`);
  const twenty = names.slice(0, IN_ONE_CONTAINER);
  const mounts = twenty.map((name, index) => at(name, `/v/${index}`));
  const script = `cd /v; for i in *; do echo $i >$i/own; done; cat */own | sort -n | uniq | wc -l`;
  checkRan(
    context,
    "Twenty volumes in one container are twenty.",
    await bench.run(script, mounts),
    `${IN_ONE_CONTAINER}\n`,
  );
  const [first = ""] = names;
  const both = await bench.run("echo both >/a/file; cat /b/file", [at(first, "/a"), at(first, "/b")]);
  checkRan(context, "One volume at two places is one.", both, "both\n");
  const refused = await atOnce(names, scale.concurrency, (name) => refusal(bench.engine.removeVolume(name)));
  const said = refused.filter((one) => one !== "");
  context.check("All of them can be removed.", said.length === 0, `${said.length} refused: ${said[0] ?? "none"}`);
}

async function survivesHalfAStart(context: CaseContext): Promise<void> {
  const { driver, subject } = context;
  if (subject.socketPath === "") return context.skip("no volume can be removed behind the engine's back");
  const bench = workbench(context);
  const [one, two, three] = [await bench.volume(), await bench.volume(), await bench.volume()];
  const others = [at(one, "/v/1"), at(two, "/v/2")];
  checkRan(context, "Two volumes are written to.", await bench.run("echo 1 >/v/1/own; echo 2 >/v/2/own", others));
  const container = await bench.container(IDLE, [...others, at(three, "/v/3")]);
  const removed = await driver.remove(three);
  if (!removed.ok) return context.skip("the driver does not remove a volume that no container has mounted");
  const said = await refusal(container.start());
  context.check("A container whose volume is gone does not start.", said !== "", said || "it started");
  await container.remove();
  const next = await bench.run("cat /v/1/own /v/2/own", others);
  checkRan(context, "The other two serve the next container, with their data.", next, "1\n2\n");
  const left = await Promise.all([one, two].map((name) => refusal(bench.engine.removeVolume(name))));
  const pinned = left.find((words) => words !== "");
  context.observe(
    pinned === undefined
      ? "the others can be removed: the engine unmounted them"
      : `the others cannot be removed afterwards: ${pinned}`,
  );
}

async function takesModes(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const name = await bench.volume();
  const plain = await bench.run("echo x >/v/file && mkdir /v/inner && echo deep >/v/inner/file", [
    at(name, "/v", { noCopy: true }),
  ]);
  checkRan(context, "nocopy works.", plain);
  const labelled = await bench.run("cat /v/file", [at(name, "/v", { relabel: "z" })]);
  const isClear = labelled.status < 0 || (labelled.status === 0 && labelled.output === "x\n");
  context.check("z works, or is refused with an error.", isClear, toldRan(labelled));
  const { apiVersion } = await bench.engine.about();
  const [major = 0, minor = 0] = apiVersion.split(".").map(Number);
  if (major === 1 && minor < 45)
    context.observe(`a directory of a volume needs API 1.45, and this engine has ${apiVersion}`);
  else
    checkRan(
      context,
      "A directory of it works.",
      await bench.run("cat /v/file", [at(name, "/v", { subpath: "inner" })]),
      "deep\n",
    );
  await checkRemoved(context, bench, name);
}
