import type { DirectoryBackEnd } from "./back-end.ts";
import type { Catalogue } from "./catalogue.ts";
import type { Locks } from "./locks.ts";
import type { BindMounts } from "./mounts.ts";
import type { References } from "./references.ts";
import type { Settings } from "./settings.ts";
import type { StateFile } from "./state-file.ts";

/** What the methods work with. */
export interface Tools {
  settings: Settings;
  backEnd: DirectoryBackEnd;
  catalogue: Catalogue;
  locks: Locks;
  mounts: BindMounts;
  references: References;
  stateFile: StateFile;
  /** Keeps what is known and held; done when it is on the disk. */
  save(): Promise<void>;
  log(line: string): void;
}
