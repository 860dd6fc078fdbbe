import fs from "node:fs";
import type { PowerCut } from "../core/disk.ts";
import { createSystemClock } from "../core/clock.ts";
import { messageOf, systemCode } from "../core/errors.ts";
import { INIT_FLAG } from "../fuse/handshake.ts";
import { attach, unmountAll } from "../fuse/mount.ts";
import { serve } from "../fuse/serve.ts";
import type { RunningSubject } from "../subjects/commands.ts";
import { diskError } from "./errors.ts";
import { createDiskDirectory, PowerPeriod } from "./fuse-disk.ts";
import { startLog } from "./log.ts";
import { attachLoop, detachLoop, isAttached, waitUntilDetached } from "./loop-device.ts";
import { LyingDisk } from "./lying-disk.ts";
import { makeFileSystem } from "./make-file-system.ts";
import { createFileMedium } from "./medium.ts";
import { makePrivatePlaces, type PrivatePlaces } from "./private-mounts.ts";
import type { DiskAnswers, DiskCommand, DiskSettings } from "./protocol.ts";
import { findShutDown, type ShutDown } from "./shut-down.ts";
import { runTool } from "./tools.ts";

/** How long a file system may live on after its power was cut: containers that end take a moment. */
const END_LIMIT_MS = 20_000;

/**
 * Makes the disk and serves it from this process, which must be in mount and pid namespaces of its own. Where
 * anything but the kernel's requests goes wrong, `onDefect` is told.
 */
export async function serveDisk(settings: DiskSettings, onDefect: (error: unknown) => void): Promise<RunningSubject> {
  const { spec, mark, mediumDirectory, nativePath } = settings;
  const clock = createSystemClock(settings.originNs === undefined ? undefined : BigInt(settings.originNs));
  const medium = createFileMedium(mediumDirectory, spec.sizeBytes);
  const header = { sizeBytes: spec.sizeBytes, originNs: clock.originNs };
  const journal = spec.log === undefined ? undefined : startLog(spec.log, header, clock.nowNs);
  const shutDown = findShutDown(nativePath);
  const disk = new LyingDisk(medium, journal);
  const period = new PowerPeriod(mark);
  const places = await makePrivatePlaces();
  const device = await attach({ mountpoint: places.disk, name: "seatrial-disk" });
  const initFlags = INIT_FLAG.asyncRead | INIT_FLAG.bigWrites | INIT_FLAG.asyncDirectIo;
  let defect: Error | undefined;
  const onFirstDefect = (error: unknown) => {
    defect ??= error instanceof Error ? error : new Error(String(error));
    onDefect(error);
  };
  void serve(device, createDiskDirectory(disk, period), { initFlags, onDefect: onFirstDefect }).catch(onFirstDefect);
  const served = new ServedFile({ disk, period, places, shutDown, fileSystem: spec.fileSystem, defect: () => defect });
  await makeFileSystem(spec.fileSystem, await served.powerOn());
  disk.flush();
  return { obey: (command) => served.obey(command as DiskCommand), stop: () => served.stop() };
}

interface Parts {
  disk: LyingDisk;
  period: PowerPeriod;
  places: PrivatePlaces;
  shutDown: ShutDown;
  fileSystem: string;
  /** The first thing that went wrong with the disk itself. */
  defect(): Error | undefined;
}

/** The disk's file, and the loop device that shows it to the machine. */
class ServedFile {
  readonly #parts: Parts;
  /** The device and the file of this power period, as far as there was one. */
  #loop = { device: "", file: "" };

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async obey(command: DiskCommand): Promise<DiskAnswers[keyof DiskAnswers]> {
    const { disk } = this.#parts;
    const defect = this.#parts.defect();
    if (defect !== undefined) throw defect;
    switch (command.ask) {
      case "setRules":
        disk.setRules(command.rules);
        return null;
      case "cutPower":
        return this.#cutPower();
      case "powerOn":
        return { device: await this.powerOn() };
      case "release":
        return this.#detach();
      case "damage":
        return disk.damage(command.damage);
      case "shutDown":
        return this.#whileMounted((mountpoint) => this.#parts.shutDown(mountpoint, command.keepLog));
      case "setReadOnly":
        return this.#whileMounted((mountpoint) => remount(mountpoint, command.readOnly));
      case "statistics":
        return disk.statistics();
    }
  }

  /** Gives the device. @throws SeatrialError DISK_STILL_MOUNTED */
  async powerOn(): Promise<string> {
    const { disk, period, places } = this.#parts;
    const { device, file } = this.#loop;
    if (disk.hasPower && device !== "" && isAttached(device, file)) return device;
    if (!disk.hasPower) {
      if (!(await waitUntilDetached(device, file, END_LIMIT_MS))) {
        throw diskError(
          "DISK_STILL_MOUNTED",
          `${device} is still in use ${END_LIMIT_MS / 1000} s after its power was cut`,
        );
      }
      period.next();
      disk.powerOn();
    }
    const next = `${places.disk}/${period.fileName}`;
    this.#loop = { device: await attachLoop(next), file: next };
    return this.#loop.device;
  }

  /** Everything is refused from here on, so that whoever still has the file system open cannot write its cache back. */
  async stop(): Promise<void> {
    await this.#cutPower();
    await unmountAll(this.#parts.places.disk);
  }

  async #cutPower(): Promise<PowerCut> {
    const cut = this.#parts.disk.cutPower();
    await this.#detach();
    return cut;
  }

  async #detach(): Promise<null> {
    if (this.#loop.device !== "") await detachLoop(this.#loop.device, this.#loop.file);
    return null;
  }

  /** Mounts the same super block once more, here, for a moment. */
  async #whileMounted(act: (mountpoint: string) => Promise<void>): Promise<null> {
    const { disk, fileSystem, places } = this.#parts;
    const { device } = this.#loop;
    if (!disk.hasPower) throw diskError("DISK_NO_POWER", `${device} was cut off`);
    if (!isClaimed(device)) throw diskError("DISK_NOT_MOUNTED", `nobody has mounted ${device}`);
    const mount = (options: string) =>
      runTool("mount", "-i", "-t", fileSystem, "-o", options, device, places.fileSystem);
    // One that is read-only cannot be mounted for writing a second time.
    await mount("rw").catch(() => mount("ro"));
    try {
      await act(places.fileSystem);
      return null;
    } finally {
      await runTool("umount", "-i", places.fileSystem);
    }
  }
}

/** A mounted file system has its device for itself. */
function isClaimed(device: string): boolean {
  try {
    fs.closeSync(fs.openSync(device, fs.constants.O_RDONLY | fs.constants.O_EXCL));
    return false;
  } catch (error) {
    if (systemCode(error) === "EBUSY") return true;
    throw error;
  }
}

async function remount(mountpoint: string, readOnly: boolean): Promise<void> {
  try {
    await runTool("mount", "-i", "-o", `remount,${readOnly ? "ro" : "rw"}`, mountpoint);
  } catch (error) {
    if (!/busy/.test(messageOf(error))) throw error;
    throw diskError("DISK_BUSY", messageOf(error), { cause: error });
  }
}
