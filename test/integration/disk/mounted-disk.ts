import { afterEach, beforeEach } from "vitest";
import type { FileSystem, PowerCut } from "../../../src/core/disk.ts";
import type { FaultDisk } from "../../../src/disk/disk.ts";
import { Machine } from "./machine.ts";
import { makeDisk } from "./place.ts";

/** Keeps file systems from making things durable by themselves: they would every few seconds. */
export const PATIENT: Record<FileSystem, string> = { ext4: "commit=300", xfs: "", btrfs: "commit=300" };

/** A disk and a machine that has mounted it, made anew for each test. */
export class MountedDisk {
  disk!: FaultDisk;
  machine!: Machine;
  readonly fileSystem: FileSystem;

  constructor(fileSystem: FileSystem) {
    this.fileSystem = fileSystem;
    beforeEach(async () => {
      this.disk = await makeDisk(fileSystem);
      this.machine = await Machine.with(this.disk, PATIENT[fileSystem]);
    });
    afterEach(async () => {
      await this.machine.kill();
      await this.disk[Symbol.asyncDispose]();
    });
  }

  /** Takes the power from the disk and the machine, and starts another machine that has the disk. */
  async cutPower(): Promise<PowerCut> {
    const cut = await this.disk.cutPower();
    await this.machine.kill();
    await this.disk.powerOn();
    this.machine = await Machine.with(this.disk, PATIENT[this.fileSystem]);
    return cut;
  }
}
