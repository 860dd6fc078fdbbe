import { describe, expect, test } from "vitest";
import {
  type Defect,
  dropUser,
  type MountingDriver,
  pathOf,
  right,
  startMountingDriver,
  usersOf,
} from "../../../../../test/fixtures/mounting-driver.ts";
import { broken, type CaseTry, hurriedClock, tryCase } from "../../../../../test/fixtures/volume-lab.ts";
import type { DriverProcess, Subject } from "../../subject.ts";
import { restartCases } from "./index.ts";

const QUICK: CaseTry = { scale: { rounds: 50 }, clock: hurriedClock() };
const IDS = ["X01", "X02", "X03", "X05"];

describe.each(IDS)("%s", (id) => {
  test.each<[string, Defect | undefined]>([
    ["mounts", undefined],
    ["only answers directories", mountsNothing],
  ])("holds for a driver that %s", async (_, manner) => {
    const result = await tryCase(caseOf(id), await restartable(manner), QUICK);
    expect(broken(result)).toEqual([]);
    expect(result.skipped).toBeUndefined();
    expect(result.checks).not.toEqual([]);
  });

  test("notices mounts that are lost in a restart, though the data is at the path", async () => {
    const found = broken(await tryCase(caseOf(id), await restartable(losesMounts), QUICK));
    expect(found).not.toEqual([]);
    for (const line of found)
      expect(line).toMatch(/ by a mount\. Seen: no mount of the driver|mounted once where it was: 0 mounts/);
  });
});

function caseOf(id: string) {
  const found = restartCases.find((one) => one.id === id);
  if (!found) throw new Error(`there is no case ${id}`);
  return found;
}

/** With a process that keeps all it knows, whatever ends it, and a host that loses its mounts with its power. */
async function restartable(manner?: Defect): Promise<Subject> {
  const driver = await startMountingDriver(manner);
  const { subject, host, users } = driver;
  const process = {
    ...subject.process,
    kill: () => Promise.resolve(),
    rebootHost: async () => {
      host.mounts.length = 0;
      users.clear();
      for (const act of driver.restarted) act();
      return Promise.resolve();
    },
  };
  return { ...subject, process: process as DriverProcess };
}

/** A volume is a directory of the disk, and no defect: the engine's own driver does the same. */
function mountsNothing(driver: MountingDriver): ReturnType<Defect> {
  const { cluster, host, users } = driver;
  return {
    "VolumeDriver.Create": (body, memory) => {
      host.disk.entries.set(pathOf(body.Name).slice(1), undefined);
      return right(driver, "Create")(body, memory);
    },
    "VolumeDriver.Mount": ({ Name, ID }) => {
      if (!cluster.volumes.has(Name)) return { Err: "no such volume" };
      usersOf(driver, Name).push(ID);
      return { Mountpoint: pathOf(Name) };
    },
    "VolumeDriver.Unmount": ({ Name, ID }) => (dropUser(driver, Name, ID), {}),
    "VolumeDriver.Remove": (body, memory) => {
      const directory = pathOf(body.Name).slice(1);
      const isFree = (users.get(body.Name) ?? []).length === 0;
      for (const entry of isFree ? [...host.disk.entries.keys()] : [])
        if (entry === directory || entry.startsWith(`${directory}/`)) host.disk.entries.delete(entry);
      return right(driver, "Remove")(body, memory);
    },
  };
}

/** Mounts until it is started again, and answers directories with the same data from then on. */
function losesMounts(driver: MountingDriver): ReturnType<Defect> {
  const { cluster, host } = driver;
  let isLost = false;
  driver.restarted.push(() => {
    isLost = true;
    host.mounts.length = 0;
    for (const [name, { entries }] of cluster.volumes)
      for (const [file, text] of entries) host.disk.entries.set(`${pathOf(name).slice(1)}/${file}`, text);
  });
  return {
    "VolumeDriver.Mount": (body, memory) => {
      if (!isLost) return right(driver, "Mount")(body, memory);
      usersOf(driver, body.Name).push(body.ID);
      return { Mountpoint: pathOf(body.Name) };
    },
  };
}
