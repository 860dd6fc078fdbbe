import type { PowerCut } from "../core/disk.ts";
import { createSystemClock } from "../core/clock.ts";
import { INIT_FLAG } from "../fuse/handshake.ts";
import { attach, unmountAll } from "../fuse/mount.ts";
import { serve } from "../fuse/serve.ts";
import type { RunningSubject } from "../subjects/commands.ts";
import { SubjectProcess } from "../subjects/subject-process.ts";
import { diskError } from "./errors.ts";
import { createDiskDirectory, PowerPeriod } from "./fuse-disk.ts";
import { startLog } from "./log.ts";
import { attachLoop, detachLoop, isAttached, MAX_REQUEST_BYTES, waitUntilDetached } from "./loop-device.ts";
import { LyingDisk } from "./lying-disk.ts";
import { makeFileSystem } from "./make-file-system.ts";
import { createFileMedium, openFileMedium } from "./medium.ts";
import { makePrivatePlaces, type PrivatePlaces } from "./private-mounts.ts";
import type { DiskAnswers, DiskCommand, DiskSettings } from "./protocol.ts";
import type { SuperBlockAct, SuperBlockSettings } from "./super-block.ts";

/** How long a file system may live on after its power was cut: containers that end take a moment. */
const END_LIMIT_MS = 20_000;

/** Twice the size of a request, so that each comes whole however its buffer lies in memory. */
const SERVE_OPTIONS = {
  initFlags: INIT_FLAG.asyncRead | INIT_FLAG.bigWrites | INIT_FLAG.asyncDirectIo | INIT_FLAG.maxPages,
  maxWriteBytes: 2 * MAX_REQUEST_BYTES,
};

/** How long the process that acted on a super block may take to end. */
const ACT_GRACE_MS = 1000;

/**
 * Makes the disk and serves it from this process, which must be in mount and pid namespaces of its own, and must never
 * wait for what it serves: programs do that. `onDefect` is told where anything but the kernel's requests goes wrong.
 */
export async function serveDisk(
  settings: DiskSettings,
  scriptPath: string,
  onDefect: (error: unknown) => void,
): Promise<RunningSubject> {
  const disk = makeDisk(settings);
  const period = new PowerPeriod(settings.mark);
  const places = await makePrivatePlaces({ scriptPath, nativePath: settings.nativePath });
  const device = await attach({ mountpoint: places.disk, name: "seatrial-disk" });
  let defect: Error | undefined;
  const onFirstDefect = (error: unknown) => {
    defect ??= error instanceof Error ? error : new Error(String(error));
    onDefect(error);
  };
  const options = { ...SERVE_OPTIONS, onDefect: onFirstDefect };
  void serve(device, createDiskDirectory(disk, period), options).catch(onFirstDefect);
  const served = new ServedFile({ disk, period, places, settings, defect: () => defect });
  try {
    const loopDevice = await served.powerOn();
    if (settings.spec.image === undefined) {
      await makeFileSystem(settings.spec.fileSystem, loopDevice);
      disk.flush();
    }
  } catch (error) {
    await served.stop();
    throw error;
  }
  return { obey: (command) => served.obey(command as DiskCommand), stop: () => served.stop() };
}

/** Opens the files that it lies in, before they are hidden. */
function makeDisk({ spec, mediumDirectory, originNs }: DiskSettings): LyingDisk {
  const { sizeBytes, log, image } = spec;
  const medium = image === undefined ? createFileMedium(mediumDirectory, sizeBytes) : openFileMedium(image, sizeBytes);
  if (log === undefined) return new LyingDisk(medium);
  const clock = createSystemClock(originNs === undefined ? undefined : BigInt(originNs));
  return new LyingDisk(medium, startLog(log, { sizeBytes, originNs: clock.originNs }, clock.nowNs));
}

interface Parts {
  disk: LyingDisk;
  period: PowerPeriod;
  places: PrivatePlaces;
  settings: DiskSettings;
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
      case "damage":
        return disk.damage(command.damage);
      case "shutDown":
        return this.#onSuperBlock({ act: "shutDown", keepLog: command.keepLog });
      case "setReadOnly":
        return this.#onSuperBlock({ act: "setReadOnly", readOnly: command.readOnly });
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

  async #detach(): Promise<void> {
    if (this.#loop.device !== "") await detachLoop(this.#loop.device, this.#loop.file);
  }

  async #onSuperBlock(act: SuperBlockAct): Promise<null> {
    const { disk, places, settings } = this.#parts;
    const { device } = this.#loop;
    if (!disk.hasPower) throw diskError("DISK_NO_POWER", `${device} was cut off`);
    const { fileSystem } = settings.spec;
    const asked: SuperBlockSettings = { ...act, device, fileSystem, mountpoint: places.fileSystem };
    const actor = await SubjectProcess.start(places.program, asked);
    if (!(await actor.end(ACT_GRACE_MS))) await actor.kill(ACT_GRACE_MS);
    return null;
  }
}
