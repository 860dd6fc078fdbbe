import type { CaseContext, VolumeCase } from "../case.ts";
import { comesTrue } from "../waiting.ts";
import { at, checkRan, checkRemoved, demanded, driverMounts, IDLE, workbench } from "./workbench.ts";

/** What the engine unmounts is gone so soon. */
const GONE_WITHIN_MS = 5000;

/** Files that the engine carries in and out. */
export const copyingCases: readonly VolumeCase[] = [
  {
    id: "E11",
    title: "docker cp, while a container runs and when it does not",
    severity: "critical",
    action: "Copies a file in and out of a volume of a running container, then of a container that was never started.",
    requirement:
      "The data is right both times, the running container keeps its volume, and the volume can be removed in the end.",
    reason:
      "docker cp mounts and unmounts with the ID of the running container: a driver that keeps a set of IDs unmounts the volume under it, and one that refuses the second Mount fails the copy (moby#37314, rclone).",
    needs: ["engine"],
    run: copies,
  },
];

async function copies(context: CaseContext): Promise<void> {
  const bench = workbench(context);
  const name = await bench.volume();
  const before = await driverMounts(context);
  const running = await bench.start(`echo mine >/v/own; ${IDLE}`, [at(name)]);
  const during = await driverMounts(context);
  await demanded(context, "A file is copied into a running container's volume.", running.copyIn("/v", "in", "copied"));
  const out = await demanded(context, "A file is copied out of it.", running.copyOut("/v/own"));
  context.check("What is copied out is what the container wrote.", out === "mine\n", out);
  const inside = await running.run("cat /v/in && echo more >>/v/own");
  checkRan(context, "The container sees what was copied in, and goes on writing.", inside, "copied");
  const after = await driverMounts(context);
  const isKept = after.length >= during.length;
  context.check(
    "The volume is mounted for the container as before.",
    isKept,
    isKept ? "as before" : `was: ${during.join("; ")}`,
  );
  const still = await bench.container("cat /v/in /v/own", [at(name)]);
  await demanded(
    context,
    "A file is copied into a volume of a container that does not run.",
    still.copyIn("/v", "still", "later"),
  );
  const read = await demanded(context, "A file is copied out of it as well.", still.copyOut("/v/in"));
  context.check("What is copied out is what was copied in.", read === "copied", read);
  const all = await running.run("cat /v/own /v/still");
  checkRan(context, "The running container has all of it.", all, "mine\nmore\nlater");
  await running.remove();
  await still.remove();
  checkRan(context, "So does the next one.", await bench.run("cat /v/own /v/still", [at(name)]), "mine\nmore\nlater");
  const count = async () => (await driverMounts(context)).length - before.length;
  await comesTrue(context, GONE_WITHIN_MS, async () => (await count()) <= 0);
  const left = await count();
  context.check("Nothing stays mounted for them.", left <= 0, `${left} mounts more than before`);
  await checkRemoved(context, bench, name);
}
