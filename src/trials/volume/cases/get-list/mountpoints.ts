import { isObject } from "../../client.ts";
import { type CaseContext, told, type VolumeCase } from "../case.ts";
import { type ToldVolume, volumeIn, volumesIn, pathIn } from "../answers.ts";

/** Members of Status that tell how many use a volume. */
const USERS = /^(references?|refs|ref_?count|mounts|mount_?count|connections|users|ids)$/i;

/** What Get, List and Path say of where a volume is. */
export const mountpointCases: readonly VolumeCase[] = [
  {
    id: "G04",
    title: "Before Mount there is no path, or the true one",
    severity: "medium",
    action: "Asks Get and List for a volume that is not mounted, mounts it, unmounts it and asks again.",
    requirement: "Mountpoint is absent, empty or the path that Mount answers.",
    reason: "`volume inspect` shows it: scripts that take any other path for the volume read and write somewhere else.",
    needs: [],
    run: namesNoOtherPath,
  },
  {
    id: "G05",
    title: "While mounted, every call names the same path",
    severity: "medium",
    action: "Mounts a volume and asks Get, List and Path for it.",
    requirement: "Wherever a Mountpoint is told, it is the one that Mount answered.",
    reason:
      "Engines keep the path of the last answer and bind it into containers: two paths for one volume are two directories.",
    needs: [],
    run: namesOnePath,
  },
  {
    id: "G06",
    title: "Status is right after Mount and Unmount",
    severity: "low",
    action: "Asks Get for a volume before Mount, with one and with two users, and after their Unmounts.",
    requirement: "Where Status is given it is an object, and where it counts users the count is right each time.",
    reason: "`volume inspect` shows Status to people, who decide by it whether a volume may go.",
    needs: [],
    run: countsUsers,
  },
];

async function namesNoOtherPath(context: CaseContext): Promise<void> {
  const name = await context.volume();
  const before = await toldPaths(context, name);
  const id = context.mountId();
  const path = await context.mount(name, id);
  await context.unmount(name, id);
  const after = await toldPaths(context, name);
  for (const [what, place] of [...before, ...after])
    context.check(
      "The Mountpoint of a volume that is not mounted is absent, empty or the one that Mount answers.",
      place === undefined || place === "" || place === path,
      `${what}: ${String(place)}; Mount: ${path}`,
    );
}

async function namesOnePath(context: CaseContext): Promise<void> {
  const name = await context.volume();
  const path = await context.mount(name, context.mountId());
  const answer = await context.driver.path(name);
  context.check("Path succeeds while the volume is mounted.", answer.ok, told(answer));
  const paths = [...(await toldPaths(context, name)), ["Path", pathIn(answer)] as const];
  for (const [what, place] of paths) {
    const isSilent = place === undefined || place === "";
    if (isSilent) context.observe(`${what} tells no path of a mounted volume`);
    context.check(
      "Get, List and Path name the path that Mount answered.",
      isSilent || place === path,
      `${what}: ${String(place)}; Mount: ${path}`,
    );
  }
}

async function countsUsers(context: CaseContext): Promise<void> {
  const name = await context.volume();
  const [one, two] = [context.mountId(), context.mountId()];
  await checkUsers(context, name, 0);
  await context.mount(name, one);
  await checkUsers(context, name, 1);
  await context.mount(name, two);
  await checkUsers(context, name, 2);
  await context.unmount(name, one);
  await checkUsers(context, name, 1);
  await context.unmount(name, two);
  await checkUsers(context, name, 0);
}

async function checkUsers(context: CaseContext, name: string, users: number): Promise<void> {
  const answer = await context.driver.get(name);
  const status = volumeIn(answer)?.status;
  context.check(
    "Status is absent or an object.",
    answer.ok && (status === undefined || isObject(status)),
    told(answer),
  );
  const counted = usersIn(status);
  if (counted === undefined) return context.observe("Status does not tell how many use a volume");
  context.check(
    "The number of users that Status tells is right.",
    counted === users,
    `${users} mounted it; ${JSON.stringify(status)}`,
  );
}

function usersIn(status: unknown): number | undefined {
  if (!isObject(status)) return undefined;
  const users = Object.entries(status).find(([key]) => USERS.test(key))?.[1];
  if (Array.isArray(users)) return users.length;
  return typeof users === "number" ? users : undefined;
}

/** What Get and List tell of the volume's path, each with its own name. */
async function toldPaths(context: CaseContext, name: string): Promise<(readonly [string, unknown])[]> {
  const got = await context.driver.get(name);
  const listed = await context.driver.list();
  const entry: ToldVolume | undefined = volumesIn(listed).find((volume) => volume.name === name);
  context.demand("Get finds the volume.", volumeIn(got) !== undefined, told(got));
  context.demand("List has the volume.", entry !== undefined, told(listed));
  return [
    ["Get", volumeIn(got)?.mountpoint],
    ["List", entry?.mountpoint],
  ];
}
