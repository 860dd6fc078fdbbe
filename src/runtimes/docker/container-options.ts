import type Dockerode from "dockerode";
import type { BindMount, ContainerSpec, Owner, VolumeMount } from "../../core/runtime.ts";
import type { AgentImage } from "./image.ts";
import { LABEL, ownerLabels } from "./labels.ts";

/** Says when it is up, then waits: agents come by exec, and the container ends when the lab's connection does. */
const KEEPER = 'process.stdin.resume().on("end", () => process.exit()); process.stdout.write("up\\n")';

/** Variables of a base image that would change how our Node.js starts. */
const NEUTRAL_ENV = ["NODE_OPTIONS=", "LD_PRELOAD=", "LD_LIBRARY_PATH="];

/** What a container is made from, beside its own specification. */
export interface ContainerSetting {
  /** On the engine, unique over all labs. */
  fullName: string;
  environment: string;
  owner: Owner;
  image: AgentImage;
}

/** The engine's words for a container of ours: nothing in it that disturbs a measurement, gone when the lab is. */
export function containerOptions(
  spec: ContainerSpec,
  { fullName, environment, owner, image }: ContainerSetting,
): Dockerode.ContainerCreateOptions {
  return {
    name: fullName,
    Image: image.reference,
    Entrypoint: [...image.node],
    Cmd: ["-e", KEEPER],
    Env: [...NEUTRAL_ENV.filter((neutral) => !image.env.some((set) => set.startsWith(neutral))), ...image.env],
    User: "0:0",
    WorkingDir: "/",
    Labels: { ...ownerLabels(owner), [LABEL.environment]: environment, [LABEL.container]: spec.name },
    // A health check of a base image would run beside the measurement.
    ...(spec.image ? { Healthcheck: { Test: ["NONE"] } } : {}),
    AttachStdin: true,
    AttachStdout: true,
    AttachStderr: true,
    OpenStdin: true,
    StdinOnce: true,
    Tty: false,
    HostConfig: hostOptions(spec),
  };
}

function hostOptions({ binds, tmpfs, volumes = [], programs = [] }: ContainerSpec): Dockerode.HostConfig {
  return {
    AutoRemove: true,
    NetworkMode: "none",
    LogConfig: { Type: "none", Config: {} },
    // Without relabelling, SELinux keeps a container from what it mounts; this lifts it for ours alone. The engine's
    // filter of system calls refuses io_uring to programs (Docker Engine 25 and newer).
    SecurityOpt: ["label=disable", ...(programs.length > 0 ? ["seccomp=unconfined"] : [])],
    // `Mounts` and not `Binds`: the latter makes an empty directory where the source does not exist.
    Mounts: [...binds.map(bindMount), ...volumes.map(volumeMount)],
    Tmpfs: Object.fromEntries(tmpfs.map((target) => [target, ""])),
  };
}

function bindMount({ source, target, readOnly = false }: BindMount): Dockerode.MountSettings {
  return { Type: "bind", Source: source, Target: target, ReadOnly: readOnly };
}

function volumeMount({ volume, target }: VolumeMount): Dockerode.MountSettings {
  // Else an empty volume would get the files that the image has at its target.
  const untouched = { NoCopy: true, Labels: {}, DriverConfig: { Name: "", Options: {} } };
  return { Type: "volume", Source: volume, Target: target, VolumeOptions: untouched };
}

/** A name for the engine from parts of any text: letters, digits, dots and dashes. */
export function engineName(...parts: string[]): string {
  return `seatrial-${parts.join("-")}`.replaceAll(/[^a-zA-Z0-9.-]+/g, "-");
}
