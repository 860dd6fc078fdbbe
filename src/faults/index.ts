import type { Fault } from "../core/fault.ts";
import { bitFlip } from "./bit-flip.ts";
import { crash } from "./crash.ts";
import { damage } from "./damage.ts";
import { droppedWrite } from "./dropped-write.ts";
import { fileSystemShutdown } from "./file-system-shutdown.ts";
import { flushError } from "./flush-error.ts";
import { fullDisk } from "./full-disk.ts";
import { garbledWrite } from "./garbled-write.ts";
import { kill } from "./kill.ts";
import { lyingFlush } from "./lying-flush.ts";
import { misdirectedWrite } from "./misdirected-write.ts";
import { pause } from "./pause.ts";
import { powerCut } from "./power-cut.ts";
import { readError } from "./read-error.ts";
import { readOnly } from "./read-only.ts";
import { slowDisk } from "./slow-disk.ts";
import { staleRead } from "./stale-read.ts";
import { swappedWrite } from "./swapped-write.ts";
import { tornWrite } from "./torn-write.ts";
import { writeError } from "./write-error.ts";

/** Every kind of fault that a plan may name. */
export const faults: readonly Fault[] = [
  kill,
  crash,
  pause,
  powerCut,
  fileSystemShutdown,
  readOnly,
  damage,
  lyingFlush,
  flushError,
  writeError,
  fullDisk,
  droppedWrite,
  tornWrite,
  misdirectedWrite,
  swappedWrite,
  garbledWrite,
  bitFlip,
  staleRead,
  readError,
  slowDisk,
];
