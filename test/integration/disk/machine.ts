import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { FaultDisk } from "../../../src/disk/disk.ts";

/** A process with a mount namespace of its own that mounts a disk and works on it. Refusals come as their codes. */
export class Machine implements AsyncDisposable {
  readonly #directory = fs.mkdtempSync(path.join(os.tmpdir(), "disk-machine-"));
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: unknown) => void>();
  readonly #ended: Promise<unknown>;
  #nextId = 0;

  constructor() {
    const script = fileURLToPath(new URL("machine.mjs", import.meta.url));
    const argv = ["-m", "--propagation", "private", process.execPath, script, this.#directory];
    this.#child = spawn("unshare", argv, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
    this.#ended = once(this.#child, "close");
    this.#child.on("message", ({ id, value, error }: { id: number; value?: unknown; error?: string }) => {
      this.#waiting.get(id)?.(error ?? value);
      this.#waiting.delete(id);
    });
    void this.#ended.then(() => {
      for (const settle of this.#waiting.values()) settle("KILLED");
    });
  }

  /** A machine on which the disk is mounted already. @throws Error when it cannot be mounted */
  static async with(disk: FaultDisk, options = ""): Promise<Machine> {
    const machine = new Machine();
    const refusal = await machine.mount(disk, options);
    if (refusal === undefined) return machine;
    await machine.kill();
    throw new Error(`${disk.device}: ${JSON.stringify(refusal)}`);
  }

  mount({ device, fileSystem }: FaultDisk, options = ""): Promise<unknown> {
    return this.do("mount", device, fileSystem, options);
  }

  /** What came of it: a value, nothing, or the code of an error. */
  do(duty: string, ...args: unknown[]): Promise<unknown> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#child.send({ id, duty, args });
    });
  }

  /** The machine is gone at once, with its mounts and what it had in memory. */
  async kill(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill("SIGKILL");
    await this.#ended;
    fs.rmSync(this.#directory, { recursive: true, force: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
