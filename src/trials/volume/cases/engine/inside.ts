import type { CaseContext, VolumeCase } from "../case.ts";
import { at, checkRan, driverMounts, IDLE, workbench } from "./workbench.ts";

/** What containers find and do in a volume. */
export const insideCases: readonly VolumeCase[] = [
  {
    id: "D01",
    title: "Written by one container, read by a later one",
    severity: "critical",
    action: "Has a container write and end, and another one read.",
    requirement: "The second reads what the first wrote.",
    reason: "This is what a volume is for; a driver that mounts anew for each container must mount the same.",
    needs: ["engine"],
    run: isKept,
  },
  {
    id: "D06",
    title: "One reads only, the other writes",
    severity: "medium",
    action: "Runs a container with the volume read-only beside one that writes.",
    requirement: "The first cannot write and sees what the second writes; the second is not hindered.",
    reason:
      "Read-only is the engine's own bind of the driver's mount: a driver that mounts once more for it takes it from the other.",
    needs: ["engine"],
    run: isReadOnlyForOne,
  },
  {
    id: "D07",
    title: "What the image has there is copied into an empty volume",
    severity: "medium",
    action: "Mounts an empty volume and one with a file over a directory of the image that has a file.",
    requirement: "The empty volume gets the file with its owner and mode; the other one is left as it is.",
    reason:
      "The engine does it on what Mount answers, and decides by what it finds there: a driver's own files in the root look like data.",
    needs: ["engine"],
    run: isFilledOnce,
  },
  {
    id: "D09",
    title: "What files in a volume can do",
    severity: "medium",
    action:
      "Tries links, renames, pipes, holes, programs, direct input and output, and extended attributes in a container.",
    requirement: "Links, renames over a file, and programs work; the rest is told.",
    reason: "Databases and package managers rest on them, and not every back end has all of them.",
    needs: ["engine"],
    run: tellsWhatFilesDo,
  },
  {
    id: "D10",
    title: "Mounts inside a container stay there",
    severity: "medium",
    action: "Has a container that may mount do so over a directory of the volume, and unmount the volume.",
    requirement: "The host and another container see nothing of it.",
    reason:
      "A driver whose mounts are shared lets a container's mounts out to the host, where they hide data or pin it.",
    needs: ["engine"],
    run: keepsMountsInside,
  },
];

async function isKept(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const name = await bench.volume();
  checkRan(context, "A container writes.", await bench.run("echo first >/v/file", [at(name)]));
  checkRan(context, "A later one reads it.", await bench.run("cat /v/file", [at(name)]), "first\n");
}

async function isReadOnlyForOne(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const name = await bench.volume();
  const writer = await bench.start(IDLE, [at(name)]);
  const reader = await bench.start(IDLE, [at(name, "/v", { isReadOnly: true })]);
  checkRan(context, "The one that may write does.", await writer.run("echo one >/v/file"));
  checkRan(context, "The one that may only read sees it.", await reader.run("cat /v/file"), "one\n");
  const refused = await reader.run("echo x >/v/other");
  context.check("It cannot write.", refused.status !== 0, `status ${refused.status}: ${refused.output}`);
  checkRan(context, "The other still can.", await writer.run("echo two >>/v/file && cat /v/file"), "one\ntwo\n");
}

async function isFilledOnce(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const { filled } = bench.engine;
  if (!filled) return context.skip("it is not known what the user's image has inside");
  const { path, file, text, mode, uid } = filled;
  const empty = await bench.volume();
  const got = await bench.run(`cat ${path}/${file}; stat -c '%a %u' ${path}/${file}`, [at(empty, path)]);
  checkRan(
    context,
    "The empty volume gets the image's file with its owner and mode.",
    got,
    `${text}${mode.toString(8)} ${uid}\n`,
  );
  checkRan(context, "It stays in the volume.", await bench.run(`cat /v/${file}`, [at(empty)]), text);
  const full = await bench.volume();
  checkRan(context, "Another volume is written to.", await bench.run("echo own >/v/own", [at(full)]));
  checkRan(
    context,
    "It is left as it is.",
    await bench.run(`cd ${path} && find . -type f`, [at(full, path)]),
    "./own\n",
  );
}

/** Told as `name ok` or `name: what was printed`. */
const TRIES: Readonly<Record<string, string>> = {
  "symbolic link": "ln -s file s && [ $(cat s) = data ]",
  "rename over a file": "echo new >t && mv -f t over && [ $(cat over) = new ]",
  program: "mkdir programs && cp /bin/sh programs && programs/sh -c true",
  "hard link": "ln file h && [ $(stat -c %h file) = 2 ]",
  "named pipe": "mkfifo p && { echo x >p & read -r y <p; } && [ $y = x ]",
  hole: "truncate -s 10M hole && [ $(stat -c %b hole) -lt 20480 ]",
  "direct output":
    "dd if=/dev/zero of=direct bs=4096 count=1 oflag=direct 2>/dev/null || dd if=/dev/zero of=direct bs=4096 count=1 oflag=direct",
  "extended attribute": "setfattr -n user.seatrial -v x file",
  lock: "flock -n file true",
};
const MUST_WORK = ["symbolic link", "rename over a file", "program"];

async function tellsWhatFilesDo(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const name = await bench.volume();
  const container = await bench.start(IDLE, [at(name)]);
  checkRan(context, "A container writes.", await container.run("echo data >/v/file; echo old >/v/over"));
  const told: string[] = [];
  for (const [what, script] of Object.entries(TRIES)) {
    const ran = await container.run(`cd /v && ${script}`);
    if (MUST_WORK.includes(what)) checkRan(context, `It works in a volume: ${what}.`, { ...ran, output: "" });
    // 127: the image has no such program.
    const outcome = ran.status === 127 ? "not tried, the image cannot" : `no (${ran.output.trim()})`;
    told.push(`${what} ${ran.status === 0 ? "yes" : outcome}`);
  }
  context.observe(told.join(", "));
}

async function keepsMountsInside(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const name = await bench.volume();
  const other = await bench.start("mkdir /v/inner && echo seen >/v/inner/file; " + IDLE, [at(name)]);
  const before = await driverMounts(context);
  const mounter = await bench.start(IDLE, [at(name)], { mayMount: true });
  const during = await mounter.run(
    "sleep 0.2; mount -t tmpfs none /v/inner && echo hidden >/v/inner/file && cat /v/inner/file",
  );
  checkRan(context, "A container that may mount mounts over a directory of the volume.", during, "hidden\n");
  checkRan(context, "Another container does not see that.", await other.run("cat /v/inner/file"), "seen\n");
  checkRan(context, "It unmounts the volume itself.", await mounter.run("umount /v/inner && umount /v"));
  checkRan(context, "The other keeps it.", await other.run("cat /v/inner/file && echo on >/v/on"), "seen\n");
  const after = await driverMounts(context);
  const isSame = after.join() === before.join();
  context.check("The host's mounts are as they were.", isSame, isSame ? `${after.length} mounts` : after.join("; "));
}
