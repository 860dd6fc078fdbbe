import { describe, expect, test } from "vitest";
import { looksAtNothing, oneTarget } from "../../../../../test/fixtures/known-bads/in-memory.ts";
import {
  type Defect,
  dropUser,
  type MountingDriver,
  pathOf,
  right,
  startMountingDriver,
  usersOf,
  wrong,
} from "../../../../../test/fixtures/mounting-driver.ts";
import { emptyTree, type Tree } from "../../../../../test/fixtures/simulated-host.ts";
import { broken, type CaseTry, hurriedClock, tryCase } from "../../../../../test/fixtures/volume-lab.ts";
import type { Subject } from "../../subject.ts";
import type { VolumeCase } from "../case.ts";
import { mountCases } from "./index.ts";

const QUICK: CaseTry = { scale: { patienceMs: 1000 }, deadlineMs: 800, clock: hurriedClock() };

describe("cases of Mount and Unmount", () => {
  test.each(mountCases)("$id holds for a right driver", async (one) => {
    const { subject } = await startMountingDriver(one.id === "M25" ? oneTarget : undefined);
    const result = await tryCase(one, subject, QUICK);
    expect(broken(result)).toEqual([]);
    expect(result.skipped).toBeUndefined();
    expect(result.checks).not.toEqual([]);
    expect(result.observations.filter((what) => what.startsWith("afterwards"))).toEqual([]);
  });

  test.each<[string, string, Defect]>([
    ["M01", "The path is not empty.", answers("")],
    ["M01", "The path is absolute.", answers("volumes/v")],
    ["M01", "The path is clean", answers("/volumes/../volumes/v")],
    ["M01", "The path is clean", answers("/volumes//v")],
    ["M01", "The path lies below the driver's root.", answers("/elsewhere/v")],
    ["M01", "The path lies below the driver's root.", answers("/volumes")],
    ["M01", "Every step of the path is a directory and no link.", answers("/volumes/v")],
    ["M02", "A volume shows its own mark beside another that is mounted.", mounts(shared)],
    ["M02", "A later Mount shows the data that was written before.", mounts(() => emptyTree())],
    ["M10", "Mount of a volume that was never made is refused with an error.", answers("/volumes/new")],
    ["M10", "Mount makes no volume.", makesOnTheWay],
    ["M10", "Mount of a missing volume leaves no directory and no mount.", leavesDirectory],
    ["M14", "A volume has the same path every time.", pathOfEachMount],
    ["M14", "No two volumes share a path, and none lies in another.", answers("/volumes/all")],
    ["M14", "No two volumes share a path, and none lies in another.", nested],
    ["M03", "What Mount added is gone within 5 s.", neverUnmounts],
    ["M04", "The second user reads the volume after the first has left.", countsNothing],
    ["M05", "Remove succeeds when nobody has the volume mounted.", forgetsNoLastUser],
    ["M05", "Nothing is mounted after the last Unmount.", neverUnmounts],
    ["M06", "The volume is there after one of two Unmounts.", countsIdsOnce],
    ["M06", "Nothing is mounted after both Unmounts.", neverUnmounts],
    ["M07", "The mounts of others stay.", dropsAnybody],
    ["M07", "Unmount of an ID that holds nothing succeeds or is refused with an error.", dropsConnection],
    ["M08", "Nothing is mounted after the one Unmount that comes.", knowsNoEpoch],
    ["M09", "Each volume has a path of its own.", answers("/volumes/all")],
    ["M09", "The other volume stays mounted.", keepsIdsWithoutVolume],
    ["M11", "Every Mount succeeds.", isBusy],
    ["M11", "At most one mount is at the path.", racesToMount],
    ["M12", "Every Mount succeeds.", isBusy],
    ["M12", "At most one mount is at the path.", racesToMount],
    ["M15", "The open file can be written to.", unmountsByForce],
    ["M16", "The bind reads the volume after the last Unmount.", unmountsByForce],
    ["M17", "A Mount that cannot be done is refused with an error.", failsSilently],
    ["M17", "Nothing is mounted after the only user's Unmount.", countsFailures],
    ["M17", "No directory that can be written to stands where the volume belongs.", leavesDirectory],
    ["M18", "A Mount that hangs ends with an error within 0.8 s.", hangsForEver],
    ["M18", "Remove succeeds when nobody has the volume mounted.", keepsLateMounts],
    ["M19", "Get answers within 1 s meanwhile.", getWaitsForUnmounts],
    ["M19", "An Unmount that hangs is answered in time.", unmountHangsForEver],
    ["M20", "Remove succeeds when nobody has the volume mounted.", keepsLateMounts],
    ["M21", "Mount notices that its mount was lost, and shows the volume.", looksAtNothing],
    ["M21", "Unmount of a mount that was lost succeeds.", cannotUnmountNothing],
    ["M22", "Mount of a covered volume is refused with an error, or shows the volume.", looksAtNothing],
    ["M24", "As many mounts as before.", leaks(({ host }) => host.mount("/volumes/leak", "leak", emptyTree()))],
    ["M24", "As many open descriptors as before.", leaks(({ appetite }) => void appetite.descriptors++)],
    ["M24", "As many processes as before.", leaks(({ appetite }) => void appetite.processes++)],
    ["M24", "Memory grows by less than 64 MiB.", leaks(({ appetite }) => void (appetite.residentBytes += 2 ** 23))],
  ])("%s notices: %s", async (id, what, defect) => {
    const { subject } = await startMountingDriver(defect);
    expect(await brokenIn(id, subject)).toContainEqual(expect.stringContaining(what));
  });

  test("M13 notices a late Unmount that does not look again", async () => {
    const { subject } = await startMountingDriver(unmountsLate);
    const found = await brokenIn("M13", subject, { scale: { rounds: 200 } });
    expect(found).toEqual([
      expect.stringContaining("Every path that Mount answered shows the volume until its own Unmount."),
    ]);
  });
});

async function brokenIn(id: string, subject: Subject, how: CaseTry = QUICK): Promise<string[]> {
  const one = mountCases.find((some) => some.id === id) as VolumeCase;
  return broken(await tryCase(one, subject, how));
}

function soon(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5));
}

async function whileFaulty({ cluster }: MountingDriver, fault: "mount-hangs" | "unmount-hangs"): Promise<void> {
  while (cluster.faults.has(fault)) await soon();
}

/** Mounts nothing, and says this. */
function answers(path: string): Defect {
  return wrong("Mount", () => () => ({ Mountpoint: path }));
}

/** Mounts something else than the volume's data. */
function mounts(choose: (driver: MountingDriver, name: string) => Tree): Defect {
  return wrong("Mount", (driver) => ({ Name, ID }) => {
    if (usersOf(driver, Name).length === 0) driver.host.mount(pathOf(Name), "volume", choose(driver, Name));
    usersOf(driver, Name).push(ID);
    return { Mountpoint: pathOf(Name) };
  });
}

/** Mounts right, at another path. */
function mountsAt(place: (name: string, count: number) => string): Defect {
  let count = 0;
  return (driver) => ({
    "VolumeDriver.Mount": ({ Name }) => ({ Mountpoint: place(Name, count++) }),
    "VolumeDriver.Unmount": () => ({}),
    "VolumeDriver.Remove": right(driver, "Remove"),
  });
}

function shared({ cluster }: MountingDriver): Tree {
  return [...cluster.volumes.values()][0] ?? emptyTree();
}

/** Unmount that deals with the users in its own way, and unmounts when it says so. */
function unmounts(isOver: (driver: MountingDriver, name: string, id: string) => boolean, byForce = false): Defect {
  return wrong("Unmount", (driver) => ({ Name, ID }) => {
    if (isOver(driver, Name, ID)) driver.host.unmount(pathOf(Name), byForce);
    return {};
  });
}

function isLast(driver: MountingDriver, name: string, id: string): boolean {
  dropUser(driver, name, id);
  return usersOf(driver, name).length === 0;
}

const neverUnmounts = unmounts((driver, name, id) => (dropUser(driver, name, id), false));
const unmountsByForce = unmounts(isLast, true);
const countsNothing = unmounts((driver, name) => (driver.users.delete(name), true));
const forgetsNoLastUser = unmounts((driver, name, id) => {
  if (usersOf(driver, name).length > 1) dropUser(driver, name, id);
  return usersOf(driver, name).length === 1;
});
const countsIdsOnce = unmounts((driver, name, id) => {
  driver.users.set(
    name,
    usersOf(driver, name).filter((one) => one !== id),
  );
  return usersOf(driver, name).length === 0;
});
const dropsAnybody = unmounts((driver, name) => {
  usersOf(driver, name).pop();
  return usersOf(driver, name).length === 0;
});
const keepsIdsWithoutVolume = unmounts((driver, name, id) => {
  for (const other of driver.users.keys()) {
    dropUser(driver, other, id);
    driver.host.unmount(pathOf(other));
  }
  return name !== "";
});

const unmountsLate = wrong("Unmount", (driver) => ({ Name, ID }) => {
  const isOver = isLast(driver, Name, ID);
  if (isOver) setTimeout(() => driver.host.unmount(pathOf(Name)), 3);
  return {};
});

const dropsConnection = wrong(
  "Unmount",
  (driver) => (body, memory) =>
    usersOf(driver, body.Name).includes(body.ID) ? right(driver, "Unmount")(body, memory) : "drop",
);

const cannotUnmountNothing = wrong(
  "Unmount",
  (driver) => (body, memory) =>
    driver.host.at(pathOf(body.Name)).length === 0 ? { Err: "not mounted" } : right(driver, "Unmount")(body, memory),
);

const knowsNoEpoch: Defect = () => ({ "Plugin.Activate": () => ({ Implements: ["VolumeDriver"] }) });

const pathOfEachMount = mountsAt((name, count) => `/volumes/${name}-${count}`);
const nested = mountsAt((name) => (name.endsWith("0") ? "/volumes/top" : `/volumes/top/${name}`));

const makesOnTheWay = wrong("Mount", (driver) => (body, memory) => {
  if (!driver.cluster.volumes.has(body.Name)) driver.cluster.volumes.set(body.Name, emptyTree());
  return right(driver, "Mount")(body, memory);
});

const leavesDirectory = wrong("Mount", (driver) => async (body, memory) => {
  const answer = await right(driver, "Mount")(body, memory);
  driver.host.disk.entries.set(`volumes/${body.Name}`, undefined);
  return answer;
});

const isBusy: Defect = (driver) => {
  let busy = 0;
  return {
    "VolumeDriver.Mount": async (body, memory) => {
      if (busy++ > 0) return { Err: `${busy--} Resource busy` };
      await soon();
      busy--;
      return right(driver, "Mount")(body, memory);
    },
  };
};

const racesToMount = wrong("Mount", (driver) => async ({ Name, ID }) => {
  const isMounted = driver.host.at(pathOf(Name)).length > 0;
  await soon();
  if (!isMounted) driver.host.mount(pathOf(Name), "volume", driver.cluster.volumes.get(Name) ?? emptyTree());
  usersOf(driver, Name).push(ID);
  return { Mountpoint: pathOf(Name) };
});

const failsSilently = wrong(
  "Mount",
  (driver) => (body, memory) =>
    driver.cluster.faults.has("mount-fails") ? { Mountpoint: "" } : right(driver, "Mount")(body, memory),
);

const countsFailures = wrong("Mount", (driver) => (body, memory) => {
  if (!driver.cluster.faults.has("mount-fails")) return right(driver, "Mount")(body, memory);
  usersOf(driver, body.Name).push(body.ID);
  return { Err: "the mount fails" };
});

const hangsForEver = wrong("Mount", (driver) => async (body, memory) => {
  await whileFaulty(driver, "mount-hangs");
  return right(driver, "Mount")(body, memory);
});

const keepsLateMounts = wrong("Mount", (driver) => async (body, memory) => {
  if (!driver.cluster.faults.has("mount-hangs")) return right(driver, "Mount")(body, memory);
  const late = whileFaulty(driver, "mount-hangs").then(() => right(driver, "Mount")(body, memory));
  await Promise.race([late, new Promise((resolve) => setTimeout(resolve, 400))]);
  return { Err: "the mount hangs" };
});

const getWaitsForUnmounts = wrong("Get", (driver) => async (body, memory) => {
  for (let waits = 0; driver.cluster.faults.has("unmount-hangs") && waits < 250; waits++) await soon();
  return right(driver, "Get")(body, memory);
});

const unmountHangsForEver = wrong("Unmount", (driver) => async (body, memory) => {
  await whileFaulty(driver, "unmount-hangs");
  return right(driver, "Unmount")(body, memory);
});

function leaks(leak: (driver: MountingDriver) => void): Defect {
  return wrong("Unmount", (driver) => (body, memory) => {
    leak(driver);
    return right(driver, "Unmount")(body, memory);
  });
}
