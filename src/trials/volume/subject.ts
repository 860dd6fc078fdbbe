import type { MountPoint } from "../../core/mount-info.ts";
import type { DriverClient } from "./client.ts";
import type { VolumeOptions } from "./model.ts";

/** The driver that is judged, and all that the suite was given to see it with and to trouble it. */
export interface Subject extends AsyncDisposable {
  /** Where it listens; "" where only its engine speaks to it. */
  socketPath: string;
  /** A client that records nothing; each call makes another. */
  client(): DriverClient;
  /** What was promised: a volume made on one host is there on the others. */
  scope: "local" | "global";
  options: SubjectOptions;
  mounts?: MountView;
  process?: DriverProcess;
  backEnd?: BackEnd;
  engine?: EngineHands;
  /** The driver of another host on the same back end. */
  peer?: Subject;
  /** Makes a swarm of this host's engine and its peer's; absent where they are not the suite's. @throws NotOffered */
  swarm?(): Promise<Swarm>;
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
  /**
   * Another instance on the same state and another socket: whether anybody is served there, and what it printed when it
   * ended, or undefined when it runs on.
   */
  second(): Promise<{ ended: string | undefined; isServing: boolean } & AsyncDisposable>;
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

/** What an engine tells of a volume. */
export interface EngineVolume {
  name: string;
  /** With its tag, where it has one. */
  driver: string;
  scope: string;
  options: VolumeOptions;
  labels: VolumeOptions;
  /** What the driver tells about it. */
  status: Record<string, unknown> | undefined;
}

/** A volume in a container. */
export interface ContainerMount {
  /** Made on the way where it is missing. */
  volume: string;
  target: string;
  isReadOnly?: boolean;
  /** Without the copy of what the image has there. */
  noCopy?: boolean;
  /** Letters that the engine knows beside: `z`. */
  relabel?: "z";
  /** As Compose and `--mount volume-opt=` say it. */
  made?: { options: VolumeOptions; labels: VolumeOptions };
  /** A directory of the volume: from version 1.45 of the API. */
  subpath?: string;
}

/** What a container is to do. */
export interface ContainerSpec {
  /** For its shell. */
  script: string;
  mounts: readonly ContainerMount[];
  /** `uid:gid`; root otherwise. */
  user?: string;
  /** Whether the kernel lets it mount. */
  mayMount?: boolean;
  /** Gone with its end, as `--rm` says. */
  isPassing?: boolean;
  /** Whether volumes that are made on the way are the driver's, as `--volume-driver` says; they are unless told. */
  usesDriver?: boolean;
}

/** A container of an engine. What the engine refuses is `EngineRefused`. */
export interface EngineContainer {
  start(): Promise<void>;
  /** Its exit status, once it has ended, or is gone where it is passing. To be called before the start of one that is. */
  ended(): Promise<number>;
  /** Kills it. */
  stop(): Promise<void>;
  isRunning(): Promise<boolean>;
  /** All that it has printed, both streams. */
  output(): Promise<string>;
  /** Runs a script beside it, inside. */
  run(script: string): Promise<{ status: number; output: string }>;
  /** `docker cp`: a file into a directory. */
  copyIn(directory: string, file: string, text: string): Promise<void>;
  /** `docker cp`: the text of a file. */
  copyOut(path: string): Promise<string>;
  /** Also where it runs; nothing where it is gone. */
  remove(): Promise<void>;
}

/** An engine that knows the driver, for what users do. What it refuses is `EngineRefused`. */
export interface EngineHands {
  /** The driver's name there. */
  driver: string;
  about(): Promise<{ version: string; apiVersion: string }>;
  createVolume(volume: { name: string; options: VolumeOptions; labels?: VolumeOptions }): Promise<void>;
  /** Undefined where the engine says that there is none. */
  volume(name: string): Promise<EngineVolume | undefined>;
  /** Names of the driver's volumes. */
  volumes(): Promise<string[]>;
  removeVolume(name: string, isForced?: boolean): Promise<void>;
  container(spec: ContainerSpec): Promise<EngineContainer>;
  /** A directory of the containers' image with one file in it; absent where the image is the user's. */
  filled?: { path: string; file: string; text: string; mode: number; uid: number };
  /** How the engine knows the driver, where it is a managed one. */
  plugin(): Promise<{ isEnabled: boolean; asksFor: string[] } | undefined>;
  /** Disables a managed driver, also while it is used, and enables it again. */
  turnPlugin(to: "off" | "on"): Promise<void>;
  /** Absent where the engine is not the suite's. */
  process?: EngineProcess;
  podman?: Podman;
}

/** What a service of a swarm is to do. */
export interface ServiceSpec {
  /** For the shell of each container; `$SLOT` in it is the container's number, from 1. */
  script: string;
  /** Made on the way, on each host. */
  mount: ContainerMount;
  /** As many on one host as on the other. */
  containers: number;
}

/** What came of one container of a service. */
export interface ServiceTask {
  slot: number;
  /** The name of its host; "" where it came to none. */
  host: string;
  /** Of its shell; -1 where it has not ended by itself. */
  status: number;
  /** What the swarm says of it. */
  output: string;
}

/** The engines of two hosts as one; they part when it is disposed of. */
export interface Swarm extends AsyncDisposable {
  /** Runs a service until all its containers have ended; it is gone then. @throws EngineRefused */
  run(spec: ServiceSpec): Promise<ServiceTask[]>;
}

/** The `podman` command, beside an engine, with the driver in its configuration. */
export interface Podman {
  /** The driver's name there. */
  driver: string;
  /** The output is what it complains of where it prints nothing else. */
  order(...words: string[]): Promise<{ status: number; output: string }>;
  /** Runs a script in a container with the volume at `/v`, which is gone with its end. */
  run(script: string, volume: string): Promise<{ status: number; output: string }>;
}

/** An engine of the suite's own, as a process. */
export interface EngineProcess {
  /** SIGTERM, and waits for its end. */
  stop(): Promise<void>;
  /** SIGKILL to it alone. */
  kill(): Promise<void>;
  /** Resolves with milliseconds to its first answer. `isLiveRestore`: containers live on while it does not run. */
  start(settings?: { isLiveRestore?: boolean }): Promise<number>;
}

/** The engine has said no, or nothing. */
export class EngineRefused extends Error {
  override readonly name = "EngineRefused";
  /** Of HTTP; 0 where nothing came back. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
