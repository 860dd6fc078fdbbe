import type { MountPoint } from "../../core/mount-info.ts";
import type { DriverClient } from "./client.ts";
import type { VolumeOptions } from "./model.ts";

/** The driver that is judged, and all that the suite was given to see it with and to trouble it. */
export interface Subject extends AsyncDisposable {
  /** Where it listens. */
  socketPath: string;
  /** A client that records nothing; each call makes another. */
  client(): DriverClient;
  /** What was promised: a volume made on one host is there on the others. */
  scope: "local" | "global";
  options: SubjectOptions;
  mounts?: MountView;
  process?: DriverProcess;
  backEnd?: BackEnd;
  /** The driver of another host on the same back end. */
  peer?: Subject;
  /** Another driver of the same kind with state, root and back end of its own. The caller disposes of it. */
  fresh?(): Promise<Subject>;
}

/** Options of Create that the user told of; options are always texts. */
export interface SubjectOptions {
  /** Given to every Create. */
  good: VolumeOptions;
  /** Also good, and different; absent where the driver knows but one way. */
  other?: VolumeOptions;
  /** Each must be refused. */
  bad: readonly VolumeOptions[];
  /** Names of options that every Create must have. */
  required: readonly string[];
}

/** What the driver mounts, as its host sees it. */
export interface MountView {
  /** Every path that Mount answers lies below, in the host's own paths. */
  root: string;
  /** Everything mounted on the host, oldest first. Never touches a mount. */
  table(): Promise<MountPoint[]>;
  /** Hands that work in the host's paths, in a process of their own: a mount that hangs hangs nobody else. */
  files: FileHands;
}

/** What is at a path. */
export interface FileFacts {
  kind: "file" | "directory" | "link" | "other";
  /** Permission bits. */
  mode: number;
  uid: number;
  gid: number;
  /** `st_dev`: equal for two paths on one file system. */
  device: number;
  inode: number;
  sizeBytes: number;
}

/** Work on files of the driver's host. Every call ends within its deadline. @throws HandsFailed */
export interface FileHands {
  /** Makes or replaces a file. */
  write(path: string, text: string): Promise<void>;
  append(path: string, text: string): Promise<void>;
  read(path: string): Promise<string>;
  list(path: string): Promise<string[]>;
  /** Undefined where nothing is; does not follow a link. */
  stat(path: string): Promise<FileFacts | undefined>;
  makeDirectory(path: string): Promise<void>;
  link(target: string, path: string): Promise<void>;
  /** One file, link or empty directory; nothing where nothing is. */
  remove(path: string): Promise<void>;
  /** So many empty files of a directory, named 0, 1, 2 and so on. */
  fill(directory: string, count: number): Promise<void>;
  /** Keeps a file open and writes to it, as a container would. */
  hold(path: string): Promise<HeldFile>;
  /** A mount namespace of its own with `source` bound into it, as a container has it. */
  bind(source: string): Promise<BoundDirectory>;
  mount(arguments_: readonly string[]): Promise<void>;
  unmount(path: string, lazily?: boolean): Promise<void>;
}

/** An open file. */
export interface HeldFile extends AsyncDisposable {
  /** Appends through the open descriptor and syncs. @throws HandsFailed */
  write(text: string): Promise<void>;
  /** From the beginning, through the open descriptor. @throws HandsFailed */
  read(): Promise<string>;
}

/** A directory as a container sees it. */
export interface BoundDirectory extends AsyncDisposable {
  files: Pick<FileHands, "write" | "append" | "read" | "list" | "stat">;
  /** Where it is in the other namespace; `files` takes paths below it. */
  path: string;
}

/** The host's system has refused: `ENOENT`, or `late` where it did not answer. */
export class HandsFailed extends Error {
  override readonly name = "HandsFailed";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * What this subject has not, of something that it has in part: a driver that the suite did not start has no second
 * instance. A case that meets it is skipped with the message.
 */
export class NotOffered extends Error {
  override readonly name = "NotOffered";
}

/** The driver as a process of the suite. What it cannot do is `NotOffered`. */
export interface DriverProcess {
  /** On this machine; undefined while it does not run. */
  pid(): number | undefined;
  /** SIGTERM; gives milliseconds to its end, or undefined when it had to be killed after `graceMs`. */
  stop(graceMs?: number): Promise<number | undefined>;
  /** SIGKILL to it alone: not to what it has started. */
  kill(): Promise<void>;
  /** Starts it as before and waits until the socket answers; gives milliseconds to the first answer. @throws Error */
  start(): Promise<number>;
  /** The whole host loses power and comes back: every process and mount of it is gone, state and back end stay. */
  rebootHost(): Promise<void>;
  /** All that it has printed, both streams. */
  log(): string;
  /** Where it was told to keep its state. */
  statePath: string;
  /** Resident memory, open descriptors and processes below it. */
  usage(): Promise<{ residentBytes: number; descriptors: number; processes: number }>;
  /** Another instance on the same state and another socket; gives what it printed when it ends, or undefined when it runs on. */
  second(): Promise<{ ended: string | undefined } & AsyncDisposable>;
}

/**
 * away: cannot be reached; create-fails, mount-fails: refused at once; mount-hangs, unmount-hangs: never done until it
 * is healed; starting: answers as a service that is not ready; key-refused: the driver's key is not taken, and once healed
 * there is another one in its place.
 */
export const BACK_END_FAULTS = [
  "away",
  "create-fails",
  "mount-fails",
  "mount-hangs",
  "unmount-hangs",
  "starting",
  "server-killed",
  "client-evicted",
  "key-refused",
] as const;
export type BackEndFault = (typeof BACK_END_FAULTS)[number];

/** What the driver stands on. */
export interface BackEnd {
  faults: ReadonlySet<BackEndFault>;
  /** @throws Error where it cannot be done */
  break(fault: BackEndFault): Promise<void>;
  /** Safe when nothing is broken. */
  heal(): Promise<void>;
}
