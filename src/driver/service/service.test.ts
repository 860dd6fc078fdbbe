import fs from "node:fs";
import { describe, expect, onTestFinished, test } from "vitest";
import { SimulatedDriver } from "../../../test/fixtures/simulated-volumes.ts";
import type { MountPoint } from "../../core/mount-info.ts";
import { References } from "./references.ts";

const nobodyGoes = new AbortController().signal;

function driverWith(...names: string[]): SimulatedDriver {
  const driver = new SimulatedDriver(...names);
  onTestFinished(() => driver[Symbol.dispose]());
  return driver;
}

/** Waits for what comes by itself. */
async function until(what: () => boolean): Promise<void> {
  await expect.poll(what, { timeout: 5000, interval: 1 }).toBe(true);
}

describe("mounting", () => {
  test("counts each ID, and unmounts with the last", async () => {
    const { service, backEnd } = driverWith("v");
    const mount = (id: string) => service.mount("v", id, nobodyGoes);
    const target = await mount("a");
    expect(await mount("a")).toBe(target);
    expect(await mount("b")).toBe(target);
    expect(backEnd.mountCount).toBe(1);
    for (const id of ["a", "b"]) await service.unmount("v", id);
    expect(backEnd.kernel.table).toHaveLength(1);
    await service.unmount("v", "a");
    expect(backEnd.kernel.table).toHaveLength(0);
    expect(fs.statSync(target).mode & 0o777).toBe(0);
  });

  test("many at once share one attempt, and its failure", async () => {
    const { service, backEnd } = driverWith("v");
    backEnd.mounting.close();
    const mounts = Array.from({ length: 50 }, (_, i) => service.mount("v", `id${i}`, nobodyGoes));
    backEnd.mounting.open();
    expect(new Set(await Promise.all(mounts)).size).toBe(1);
    expect(backEnd.mountCount).toBe(1);
    const failing = driverWith("v");
    failing.backEnd.refusesMounts = true;
    failing.backEnd.mounting.close();
    const failures = Array.from({ length: 50 }, (_, i) => failing.service.mount("v", `id${i}`, nobodyGoes));
    const settled = Promise.allSettled(failures);
    await until(() => failing.backEnd.mounting.arrived === 1);
    failing.backEnd.mounting.open();
    expect((await settled).map(({ status }) => status)).toEqual(Array<string>(50).fill("rejected"));
    expect(failing.backEnd.mountCount).toBe(1);
    failing.backEnd.refusesMounts = false;
    await failing.service.mount("v", "a", nobodyGoes);
  });

  test("that fails counts nothing and leaves no directory", async () => {
    const driver = driverWith("v");
    driver.backEnd.refusesMounts = true;
    await expect(driver.service.mount("v", "a", nobodyGoes)).rejects.toMatchObject({ code: "MOUNT_FAILED" });
    await expect(driver.service.mount("w", "a", nobodyGoes)).rejects.toMatchObject({ code: "VOLUME_UNKNOWN" });
    expect(driver.state.references.isHeld("v")).toBe(false);
    expect(fs.readdirSync(driver.root)).toEqual([]);
  });

  test("that comes late for a caller who has gone is undone", async () => {
    const driver = driverWith("v");
    const gone = new AbortController();
    driver.backEnd.mounting.close();
    const mounting = driver.service.mount("v", "a", gone.signal);
    await until(() => driver.backEnd.mounting.arrived === 1);
    gone.abort(new Error("gone"));
    driver.backEnd.mounting.open();
    await expect(mounting).rejects.toThrow("gone");
    expect(driver.isMounted("v")).toBe(false);
    expect(driver.state.references.isHeld("v")).toBe(false);
  });

  test("that was remembered for a caller who has gone meanwhile is forgotten again", async () => {
    const driver = driverWith("v");
    const gone = new AbortController();
    driver.saving.close();
    const mounting = driver.service.mount("v", "a", gone.signal);
    await until(() => driver.saving.arrived === 1);
    gone.abort(new Error("gone"));
    driver.saving.open();
    await expect(mounting).rejects.toThrow("gone");
    expect([driver.isMounted("v"), driver.state.references.isHeld("v")]).toEqual([false, false]);
    expect(driver.saved).not.toContain('"a"');
  });

  test("that comes late stays for another who waits for it", async () => {
    const driver = driverWith("v");
    const gone = new AbortController();
    driver.backEnd.mounting.close();
    const first = driver.service.mount("v", "a", gone.signal);
    await until(() => driver.backEnd.mounting.arrived === 1);
    const second = driver.service.mount("v", "b", nobodyGoes);
    gone.abort(new Error("gone"));
    driver.backEnd.mounting.open();
    await expect(first).rejects.toThrow("gone");
    await second;
    expect([driver.backEnd.mountCount, driver.isMounted("v")]).toEqual([1, true]);
    expect(driver.state.references.held("v").current).toBe(1);
  });

  test("is not acknowledged where it cannot be remembered", async () => {
    const driver = driverWith("v");
    driver.savingFails = true;
    await expect(driver.service.mount("v", "a", nobodyGoes)).rejects.toMatchObject({ code: "STATE_UNUSABLE" });
    expect([driver.isMounted("v"), driver.state.references.isHeld("v")]).toEqual([false, false]);
  });

  test("one volume that hangs holds no other up", async () => {
    const driver = driverWith("v", "w");
    driver.backEnd.mounting.close();
    const hanging = driver.service.mount("v", "a", nobodyGoes);
    await until(() => driver.backEnd.mounting.arrived === 1);
    expect((await driver.service.get("w")).Name).toBe("w");
    await driver.service.remove("w", nobodyGoes);
    driver.backEnd.mounting.open();
    await hanging;
  });
});

test("a driver whose disk is full starts, is activated, and tells of its volumes", async () => {
  const driver = driverWith("v");
  driver.savingFails = true;
  await driver.restart();
  await driver.service.activated();
  expect((await driver.service.get("v")).Name).toBe("v");
  expect(driver.said.filter(({ event }) => event === "state-not-saved")).toHaveLength(2);
});

describe("what the kernel says counts", () => {
  test("a mount that was taken away is made anew", async () => {
    const driver = driverWith("v");
    const target = await driver.service.mount("v", "a", nobodyGoes);
    driver.kernel.unmount(target);
    await driver.service.mount("v", "b", nobodyGoes);
    expect([driver.isMounted("v"), driver.backEnd.mountCount]).toEqual([true, 2]);
  });

  test("something of somebody else on top is refused, and left", async () => {
    const driver = driverWith("v");
    const target = await driver.service.mount("v", "a", nobodyGoes);
    driver.kernel.mount(target, "/", { type: "tmpfs", device: "0:9" });
    await expect(driver.service.mount("v", "b", nobodyGoes)).rejects.toMatchObject({ code: "MOUNT_FOREIGN" });
    expect(driver.kernel.table).toHaveLength(2);
  });

  test("a mount of ours that came twice is one again", async () => {
    const driver = driverWith("v");
    const target = await driver.service.mount("v", "a", nobodyGoes);
    driver.kernel.mount(target, "/volumes/v");
    await driver.service.mount("v", "b", nobodyGoes);
    expect(driver.kernel.table).toHaveLength(1);
  });

  describe("of a mount that differs from what was saved", () => {
    const recognises = () => true;
    const savedAs = (change: Partial<MountPoint>) => ({
      references: new References(),
      mounts: new Map([["v", { device: "0:7", root: "/volumes/v", type: "ext4", ...change }]]),
    });

    test("another device is that of a driver that was killed while it mounted", async () => {
      const driver = driverWith("v");
      Object.assign(driver.backEnd, { recognises });
      await driver.service.mount("v", "a", nobodyGoes);
      await driver.restart({}, savedAs({ device: "0:6" }));
      await driver.service.mount("v", "b", nobodyGoes);
      expect(driver.kernel.table).toHaveLength(1);
      await driver.service.unmount("v", "b");
      expect(driver.isMounted("v")).toBe(false);
    });

    test("another directory of the same device is one that another host has removed", async () => {
      const driver = driverWith("v");
      Object.assign(driver.backEnd, { recognises });
      await driver.service.mount("v", "a", nobodyGoes);
      await driver.restart({}, savedAs({ root: "/volumes/before" }));
      await expect(driver.service.mount("v", "b", nobodyGoes)).rejects.toMatchObject({ code: "VOLUME_UNKNOWN" });
    });
  });

  test("a broken mount is taken away, even where it is busy, and made anew", async () => {
    const driver = driverWith("v");
    await driver.service.mount("v", "a", nobodyGoes);
    Object.assign(driver.backEnd, { health: "broken", isBusy: true });
    await driver.service.mount("v", "b", nobodyGoes);
    expect(driver.detached).toEqual([driver.pathOf("v")]);
    expect(driver.backEnd.mountCount).toBe(2);
  });

  test("a mount that serves is never taken away by force", async () => {
    const driver = driverWith("v");
    await driver.service.mount("v", "a", nobodyGoes);
    driver.backEnd.isBusy = true;
    await driver.service.unmount("v", "a");
    expect([driver.isMounted("v"), driver.detached]).toEqual([true, []]);
    await expect(driver.service.remove("v", nobodyGoes)).rejects.toMatchObject({ code: "MOUNT_BUSY" });
    expect(driver.backEnd.volumes.has("v")).toBe(true);
    driver.backEnd.isBusy = false;
    await until(() => !driver.isMounted("v"));
  });
});

describe("unmounting", () => {
  test("what was never mounted changes nothing", async () => {
    const driver = driverWith("v");
    await driver.service.mount("v", "a", nobodyGoes);
    await driver.service.unmount("v", "b");
    expect(driver.isMounted("v")).toBe(true);
    await expect(driver.service.unmount("w", "a")).rejects.toMatchObject({ code: "VOLUME_UNKNOWN" });
  });

  test("that cannot be remembered has not been", async () => {
    const driver = driverWith("v");
    await driver.service.mount("v", "a", nobodyGoes);
    driver.savingFails = true;
    await expect(driver.service.unmount("v", "a")).rejects.toMatchObject({ code: "STATE_UNUSABLE" });
    expect([driver.isMounted("v"), driver.state.references.held("v").current]).toEqual([true, 1]);
  });
});

describe("removing", () => {
  test("is refused while somebody has the volume", async () => {
    const driver = driverWith("v");
    await driver.service.mount("v", "a", nobodyGoes);
    await expect(driver.service.remove("v", nobodyGoes)).rejects.toMatchObject({ code: "VOLUME_IN_USE" });
    expect([driver.isMounted("v"), driver.backEnd.volumes.has("v")]).toEqual([true, true]);
  });

  test("takes the mount point along, but nothing that lies in it", async () => {
    const driver = driverWith("v", "w");
    for (const name of ["v", "w"]) {
      await driver.service.mount(name, "a", nobodyGoes);
      await driver.service.unmount(name, "a");
    }
    fs.chmodSync(driver.pathOf("w"), 0o700);
    fs.writeFileSync(`${driver.pathOf("w")}/stray`, "mine");
    for (const name of ["v", "w"]) await driver.service.remove(name, nobodyGoes);
    expect(fs.readdirSync(driver.root)).toEqual(["w"]);
    expect(fs.existsSync(`${driver.pathOf("w")}/stray`)).toBe(true);
    await expect(driver.service.get("v")).rejects.toMatchObject({ code: "VOLUME_UNKNOWN" });
  });

  test("unmounts first what nobody has: with its count lost, nothing is deleted through a mount", async () => {
    const driver = driverWith("v");
    driver.kernel.mount(driver.pathOf("v"), "/volumes/v");
    await driver.service.remove("v", nobodyGoes);
    expect([driver.isMounted("v"), driver.backEnd.volumes.has("v")]).toEqual([false, false]);
  });
});

describe("after the driver was killed", () => {
  test("what was mounted for somebody is his", async () => {
    const driver = driverWith("v");
    await driver.service.mount("v", "a", nobodyGoes);
    await driver.restart();
    expect((await driver.service.get("v")).Mountpoint).toBe(driver.pathOf("v"));
    await driver.service.unmount("v", "a");
    expect(driver.isMounted("v")).toBe(false);
  });

  test("what is counted and not mounted is forgotten: the host was booted", async () => {
    const driver = driverWith("v");
    await driver.service.mount("v", "a", nobodyGoes);
    driver.kernel.table = [];
    await driver.restart();
    await driver.service.mount("v", "a", nobodyGoes);
    await driver.service.unmount("v", "a");
    await expect(driver.service.remove("v", nobodyGoes)).resolves.toBeUndefined();
  });

  test("what is mounted for nobody goes after a while", async () => {
    const driver = driverWith("v");
    driver.kernel.mount(driver.pathOf("v"), "/volumes/v");
    await driver.restart({ reapMs: 5 });
    await expect.poll(() => driver.isMounted("v")).toBe(false);
  });

  test("what was counted for somebody who had no answer goes once no container has the volume", async () => {
    const driver = driverWith("v");
    await driver.service.mount("v", "a", nobodyGoes);
    await driver.service.mount("v", "cut off", nobodyGoes);
    driver.heldElsewhere = true;
    await driver.restart({ reapMs: 5, doubtMs: 5 });
    await driver.service.mount("v", "b", nobodyGoes);
    for (const id of ["a", "b"]) await driver.service.unmount("v", id);
    await expect(driver.service.remove("v", nobodyGoes)).rejects.toMatchObject({ code: "VOLUME_IN_USE" });
    expect(driver.isMounted("v")).toBe(true);
    driver.heldElsewhere = false;
    await until(() => !driver.isMounted("v"));
    await driver.service.remove("v", nobodyGoes);
  });

  test("what was counted waits longer than what was mounted for nobody", async () => {
    const driver = driverWith("v", "w");
    driver.kernel.mount(driver.pathOf("v"), "/volumes/v");
    await driver.service.mount("w", "a", nobodyGoes);
    await driver.restart({ reapMs: 5, doubtMs: 60_000 });
    await expect.poll(() => driver.isMounted("v")).toBe(false);
    expect([driver.isMounted("w"), (await driver.service.get("w")).Status]).toMatchObject([true, { references: 1 }]);
  });

  test("mount points that it has left are taken away", async () => {
    const driver = driverWith("v");
    for (const name of ["v", "gone"]) fs.mkdirSync(driver.pathOf(name));
    await driver.restart();
    await driver.service.tidy();
    expect(fs.readdirSync(driver.root)).toEqual(["v"]);
  });
});

describe("after the engine was killed", () => {
  test("an ID that comes back counts one", async () => {
    const driver = driverWith("v");
    await driver.service.mount("v", "a", nobodyGoes);
    await driver.service.activated();
    await driver.service.mount("v", "a", nobodyGoes);
    await driver.service.unmount("v", "a");
    expect(driver.isMounted("v")).toBe(false);
  });

  test("one that does not come back is kept while a container has it, and then let go of", async () => {
    const driver = driverWith("v");
    await driver.restart({ reapMs: 5 });
    await driver.service.mount("v", "a", nobodyGoes);
    driver.heldElsewhere = true;
    await driver.service.activated();
    await expect(driver.service.remove("v", nobodyGoes)).rejects.toMatchObject({ code: "VOLUME_IN_USE" });
    expect(driver.isMounted("v")).toBe(true);
    driver.heldElsewhere = false;
    await until(() => !driver.isMounted("v"));
    await driver.service.remove("v", nobodyGoes);
  });
});

describe("while the back end is away", () => {
  test("known volumes are told as degraded, and what is mounted stays in use", async () => {
    const driver = driverWith("v");
    await driver.service.mount("v", "a", nobodyGoes);
    driver.backEnd.isAway = true;
    await expect(driver.service.get("w")).rejects.toMatchObject({ code: "BACK_END_AWAY" });
    expect(driver.service.isAway()).toBe(true);
    expect((await driver.service.get("v")).Status).toMatchObject({ degraded: "it is away", references: 1 });
    expect(await driver.service.list()).toHaveLength(1);
    await driver.service.unmount("v", "a");
    expect(driver.isMounted("v")).toBe(false);
  });

  test("a volume that somebody has here is known even to a driver that has just started", async () => {
    const driver = driverWith("v");
    await driver.service.mount("v", "a", nobodyGoes);
    driver.backEnd.isAway = true;
    await driver.restart();
    expect((await driver.service.get("v")).Mountpoint).toBe(driver.pathOf("v"));
  });
});

describe("options", () => {
  const create = (driver: SimulatedDriver, options: Record<string, string>) =>
    (async () => driver.service.create("n", new Map(Object.entries(options)), nobodyGoes))();

  test("that nobody knows are refused by name, and never by value", async () => {
    const driver = driverWith();
    const refused = create(driver, { secret: "hunter2" });
    await expect(refused).rejects.toMatchObject({
      code: "OPTION_REFUSED",
      message: "unknown option secret; there are size",
    });
    const wrong = create(driver, { size: "hunter2" });
    await expect(wrong).rejects.toMatchObject({ code: "OPTION_REFUSED", message: "option size: want a number" });
    expect(driver.backEnd.volumes.size).toBe(0);
    expect(JSON.stringify(driver.said)).not.toContain("hunter2");
  });

  test("are listed for who asks for help", async () => {
    await expect(create(driverWith(), { help: "" })).rejects.toThrow("size: how large");
  });
});
