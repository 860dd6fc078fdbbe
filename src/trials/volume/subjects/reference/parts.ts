import path from "node:path";
import { DirectoryBackEnd } from "./back-end.ts";
import { Catalogue } from "./catalogue.ts";
import { VolumeDriver } from "./driver.ts";
import { Faults } from "./faults.ts";
import { lockInstance } from "./instance-lock.ts";
import { Locks } from "./locks.ts";
import { BindMounts } from "./mounts.ts";
import { References } from "./references.ts";
import { RequestReader } from "./requests.ts";
import { DriverServer } from "./server.ts";
import type { Settings } from "./settings.ts";
import { clearSocket, withPrivateUmask } from "./socket.ts";
import { StateFile } from "./state-file.ts";
import type { Tools } from "./tools.ts";

/** What the driver is made of. A mutant has something else in the place of one of them. */
export const GOOD_PARTS = {
  BackEnd: DirectoryBackEnd,
  Driver: VolumeDriver,
  Locks,
  Mounts: BindMounts,
  Reader: RequestReader,
  References,
  Server: DriverServer,
  StateFile,
  clearSocket,
  lockInstance,
  withPrivateUmask,
} as const;
/** Classes and functions to make a driver of. */
export type Parts = typeof GOOD_PARTS;

/** Makes the tools; nothing is read or written yet. */
export function createTools(settings: Settings, parts: Parts, log: (line: string) => void): Tools {
  const faults = new Faults(settings.controlDirectory);
  const catalogue = new Catalogue();
  const references = new parts.References();
  const stateFile = new parts.StateFile(settings.stateDirectory);
  const volumes = settings.sharedDirectory ?? path.join(settings.rootDirectory, "volumes");
  return {
    ...{ settings, catalogue, references, stateFile, log },
    backEnd: new parts.BackEnd(volumes, faults),
    locks: new parts.Locks(),
    mounts: new parts.Mounts(path.join(settings.rootDirectory, "mounts"), faults),
    save: () => stateFile.save(() => ({ version: 1, volumes: catalogue.save(), ...references.save() })),
  };
}
