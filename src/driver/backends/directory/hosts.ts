import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import type { Clock } from "../../../core/clock.ts";
import { driverError } from "../../errors.ts";

const HOSTS = "hosts";
/** A host that has a volume mounted, as it has written itself down. */
const entrySchema = z.object({ hostName: z.string(), bootId: z.string(), since: z.string() });

/** Which hosts have a volume mounted: one file each, beside the volume's data. Nobody else can tell a host that removes it. */
export class Hosts {
  /** The same when all of this host's state was lost; machines that were cloned have names of their own at least. */
  readonly #own = createHash("sha256").update(`${machineId()}\n${os.hostname()}`).digest("hex").slice(0, 16);
  readonly #bootId = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  readonly #clock: Pick<Clock, "wallTime">;

  constructor(clock: Pick<Clock, "wallTime">) {
    this.#clock = clock;
  }

  /** This host is about to mount it. */
  enter(volume: string): void {
    const since = this.#clock.wallTime().toISOString();
    const entry: z.infer<typeof entrySchema> = { hostName: os.hostname(), bootId: this.#bootId, since };
    fs.mkdirSync(path.join(volume, HOSTS), { recursive: true, mode: 0o700 });
    fs.writeFileSync(this.#file(volume), JSON.stringify(entry), { mode: 0o600 });
  }

  /** This host has it no longer. */
  leave(volume: string): void {
    fs.rmSync(this.#file(volume), { force: true });
  }

  /** What this host had mounted before it was booted it has no more. */
  leaveFormerBoots(volumes: readonly string[]): void {
    for (const volume of volumes) {
      const file = this.#file(volume);
      if (fs.existsSync(file) && readEntry(file)?.bootId !== this.#bootId) this.leave(volume);
    }
  }

  /** @throws SeatrialError VOLUME_IN_USE */
  demandNoOther(volume: string): void {
    const directory = path.join(volume, HOSTS);
    const other = (fs.existsSync(directory) ? fs.readdirSync(directory) : []).find((host) => host !== this.#own);
    if (other === undefined) return;
    const file = path.join(directory, other);
    const { hostName = "another host", since = "some time" } = readEntry(file) ?? {};
    throw driverError(
      "VOLUME_IN_USE",
      `${path.basename(volume)} is mounted on ${hostName} since ${since}; where that host is gone for good, delete ${file}`,
    );
  }

  #file(volume: string): string {
    return path.join(volume, HOSTS, this.#own);
  }
}

/** One that cannot be read, as while it is written, still says that there is a host. */
function readEntry(file: string): z.infer<typeof entrySchema> | undefined {
  try {
    return entrySchema.parse(JSON.parse(fs.readFileSync(file, "utf8")));
  } catch {
    return undefined;
  }
}

function machineId(): string {
  return fs.existsSync("/etc/machine-id") ? fs.readFileSync("/etc/machine-id", "utf8").trim() : "";
}
