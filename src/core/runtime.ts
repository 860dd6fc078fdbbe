import type { AgentBundle, AgentChannel } from "./agent.ts";
import type { DiskControl, DiskMount, DiskSpec } from "./disk.ts";

/** A host directory or file made visible inside a container. */
export interface BindMount {
  /** Absolute path on the machine where the lab runs. */
  source: string;
  /** Absolute path inside the container. */
  target: string;
  readOnly?: boolean;
  /** What the engine makes of a source below `{workdir}` before the container starts; a directory unless told. */
  make?: "directory" | "file";
}

/** A volume that the runtime keeps by name, made by the user beforehand. */
export interface VolumeMount {
  volume: string;
  /** Absolute path inside the container. */
  target: string;
}

/** One container as data. It runs nothing until an agent is started in it. */
export interface ContainerSpec {
  /** Unique within its environment; letters, digits and dashes. */
  name: string;
  binds: BindMount[];
  /** Absolute paths inside the container that get an empty memory file system each. */
  tmpfs: string[];
  /** A base image by the runtime's own naming; without one the smallest that runs the agent is made. */
  image?: string;
  /** Disks of the environment; needs the control `disk`. */
  disks?: DiskMount[];
  /** Only where the runtime keeps volumes. */
  volumes?: VolumeMount[];
  /** Programs that must be found inside by name, `["fio"]`: this machine's own where the image has none. */
  programs?: string[];
}

/** The containers of one trial that come and go together. */
export interface EnvironmentSpec {
  name: string;
  containers: ContainerSpec[];
  disks?: DiskSpec[];
}

/** A container that is up, or was when its environment was opened. */
export interface Container {
  readonly name: string;
  /** What the runtime knows of it, for the report: id, image, engine, address. Plain text, no secrets. */
  readonly facts: Readonly<Record<string, string>>;
  /** Starts one more resident agent inside and returns its stream. The agent ends when the stream closes. */
  startAgent(signal: AbortSignal): Promise<AgentChannel>;
}

/** Handles that only some runtimes offer. A trial lists those it needs and is skipped where one is missing. */
export interface Controls {
  /** Ends and freezes whole containers, as an operator or the kernel would. */
  process: {
    /** SIGKILL to everything in the container; resolves when it is down. */
    kill(container: string): Promise<void>;
    /** Brings up a container that was killed, with the same mounts and no process of before. Safe on one that is up. */
    start(container: string): Promise<void>;
    /** Nothing in the container runs on until it is resumed; nothing in it is told. */
    pause(container: string): Promise<void>;
    /** Safe on a container that is running or gone. */
    resume(container: string): Promise<void>;
  };
  /** Disks of the environment that can be made to lie. */
  disk: DiskControl;
}
/** What a trial or a fault can list among its needs. */
export type ControlName = keyof Controls;

/** Containers that are up. Disposing of it removes all of them, and only them. */
export interface Environment extends AsyncDisposable {
  readonly name: string;
  readonly controls: Partial<Controls>;
  /** @throws RangeError when no container has that name. */
  container(name: string): Container;
}
/** An environment whose runtime offers at least these controls. */
export type EnvironmentWith<Needs extends ControlName> = Omit<Environment, "controls"> & {
  controls: Pick<Controls, Needs>;
};

/** One thing that a run will need, looked at before the run. */
export interface PreflightCheck {
  id: string;
  /** `warn` runs with less; `fail` cannot run. */
  state: "ok" | "warn" | "fail";
  detail: string;
  remedy?: string;
}

/** Who made a thing, so that a sweep can tell a killed lab's leftovers from a living lab's belongings. */
export interface Owner {
  runId: string;
  /** `bootId:pid:startTicks:host` of the lab process: unique over reboots, pid reuse and machines. No slash. */
  lab: string;
}

/** For whom an environment is opened, who may stop that, and who waits for it. */
export interface OpenContext {
  owner: Owner;
  /** The lab clock's zero on CLOCK_MONOTONIC, for what keeps a record of its own; its own start when absent. */
  originNs?: bigint;
  signal: AbortSignal;
  /** Steps worth telling a waiting person ("building the image"). */
  progress(step: string): void;
}

/** Where containers run. One folder under `runtimes/` each; all pass the same contract suite. */
export interface Runtime {
  readonly id: string;
  readonly controls: ReadonlySet<ControlName>;
  /** Looks and changes nothing. An empty list of failures means `open` can be expected to work. */
  preflight(signal: AbortSignal): Promise<PreflightCheck[]>;
  /** Versions and settings for the report. */
  facts(signal: AbortSignal): Promise<Record<string, string>>;
  /** All or nothing: when it rejects, whatever it had made is gone again. */
  open(spec: EnvironmentSpec, context: OpenContext): Promise<Environment>;
  /** Removes what labs that no longer live left here; says what it removed, one line each. */
  sweep(isAlive: (owner: Owner) => boolean, signal: AbortSignal): Promise<string[]>;
}

/** Makes a runtime; the composition root holds a list of these. */
export interface RuntimeFactory {
  readonly id: string;
  /** Lower is tried first when the user names none. */
  readonly preference: number;
  /** Touches nothing yet: the first look at the machine is `preflight`. */
  create(settings: RuntimeSettings): Runtime;
}

/** What a runtime is told of the machine, so that it need not look by itself. */
export interface RuntimeSettings {
  agent: AgentBundle;
  /** The program that serves a disk, one JavaScript file without dependencies; no control `disk` without it. */
  diskScriptPath?: string;
  /** The user's environment variables (an engine's address may be named there). */
  env: Readonly<Record<string, string | undefined>>;
  /** A directory of the user's for small state that must outlive a killed lab. */
  stateDir: string;
}
