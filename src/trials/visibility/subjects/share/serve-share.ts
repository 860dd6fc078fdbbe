import fs from "node:fs";
import path from "node:path";
import { messageOf } from "../../../../core/errors.ts";
import { INIT_FLAG } from "../../../../fuse/handshake.ts";
import { attach, unmountAll } from "../../../../fuse/mount.ts";
import { serve } from "../../../../fuse/serve.ts";
import type { RunningSubject } from "../../../../subjects/commands.ts";
import { dialError } from "../errors.ts";
import { completeDials, type DialBoard, type ShareDials } from "./dials.ts";
import { EventEcho } from "./echo.ts";
import { createShare } from "./file-system.ts";
import { HandleTable } from "./handles.ts";
import { lockInitFlags } from "./lock-operations.ts";
import { loadNative, type Native } from "./native.ts";
import { NodeTable } from "./nodes.ts";
import { Recall } from "./recall.ts";

/** What the share's process is told when it starts. */
export interface ShareSettings {
  source: string;
  mountpoint: string;
  dials: unknown;
  nodePath: string;
  scriptPath: string;
  nativePath?: string;
  /** The user and group of this process. */
  self: { uid: number; gid: number };
  wallMs: () => number;
  onDefect(error: unknown): void;
}

/** Mounts the share and serves it from this process, which must never look at the mount itself. */
export async function serveShare(settings: ShareSettings): Promise<RunningSubject & { unmounted: Promise<void> }> {
  const { mountpoint, onDefect, self } = settings;
  const source = fs.realpathSync(settings.source);
  const native = settings.nativePath === undefined ? undefined : tryNative(settings.nativePath, onDefect);
  const board: DialBoard = { dials: withPossibleLocks(completeDials(settings.dials), native) };
  const echo = lazily(() => new EventEcho(board, { ...settings, source }));
  const operations = createShare({
    board,
    nodes: new NodeTable(source),
    handles: new HandleTable(),
    recall: new Recall(board, settings.wallMs),
    native,
    self,
    isEcho: ({ pid }) => pid !== 0 && pid === echo.made()?.pid,
  });
  const device = await attach({ mountpoint: path.resolve(mountpoint), name: "seatrial-share" });
  const wanted =
    INIT_FLAG.asyncRead | INIT_FLAG.bigWrites | INIT_FLAG.autoInvalidateData | INIT_FLAG.parallelDirectories;
  const initFlags = wanted | lockInitFlags(board.dials.locks);
  const unmounted = serve(device, operations, { initFlags, onDefect }).finally(() => echo.made()?.close());
  const setDials = (given: unknown): void => {
    const dials = withPossibleLocks(completeDials(given), native);
    if (dials.locks !== board.dials.locks) {
      throw dialError(
        "SUBJECT_BAD_DIALS",
        `locks is ${board.dials.locks} since the share started and cannot become ${dials.locks}`,
      );
    }
    board.dials = dials;
    if (dials.echoEvents !== "off") echo.get();
  };
  setDials(board.dials);
  return {
    unmounted,
    obey: setDials,
    stop: async () => {
      await unmountAll(path.resolve(mountpoint));
    },
  };
}

/** Without foreign functions the kernel keeps the locks of the mount. */
function withPossibleLocks(dials: ShareDials, native: Native | undefined): ShareDials {
  return native === undefined && dials.locks === "source" ? { ...dials, locks: "mount" } : dials;
}

function tryNative(nativePath: string, onDefect: (error: unknown) => void): Native | undefined {
  try {
    return loadNative(nativePath);
  } catch (error) {
    onDefect(`foreign functions cannot be loaded: ${messageOf(error)}`);
    return undefined;
  }
}

function lazily<T>(make: () => T): { get(): T; made(): T | undefined } {
  let value: T | undefined;
  return { get: () => (value ??= make()), made: () => value };
}
