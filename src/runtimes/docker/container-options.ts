import type Dockerode from "dockerode";
import type { BindMount, ContainerSpec, Owner, VolumeMount } from "../../core/runtime.ts";
import type { DeviceMount } from "../disks.ts";
import type { AgentImage } from "./image.ts";
import { LABEL, ownerLabels } from "./labels.ts";

/**
 * Says that it is up, in the form of the kernel's boot id, then waits: agents come by exec, and the container ends when
 * the lab's connection does.
 */
const KEEPER = `process.stdin.resume().on("end", () => process.exit());
process.stdout.write(require("fs").readFileSync("/proc/sys/kernel/random/boot_id", "latin1"))`;

/** Variables of a base image that would change how our Node.js starts. */
const NEUTRAL_ENV = ["NODE_OPTIONS=", "LD_PRELOAD=", "LD_LIBRARY_PATH="];

/** What a container is made from, beside its own specification. */
export interface ContainerSetting {
  /** On the engine, unique over all labs. */
  fullName: string;
  environment: string;
  owner: Owner;
  image: AgentImage;
  /** Devices of this machine to be mounted in it. */
  disks: readonly DeviceMount[];
}

/** The engine's words for a container of ours: nothing in it that disturbs a measurement, gone when the lab is. */
export function containerOptions(
  spec: ContainerSpec,
  { fullName, environment, owner, image, disks }: ContainerSetting,
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
    HostConfig: hostOptions(
      spec,
      disks.map((disk) => diskMount(disk, owner)),
    ),
  };
}

function hostOptions(
  { binds, tmpfs, volumes = [], programs = [] }: ContainerSpec,
  disks: Dockerode.MountSettings[],
): Dockerode.HostConfig {
  return {
    AutoRemove: true,
    NetworkMode: "none",
    LogConfig: { Type: "none", Config: {} },
    // Without relabelling, SELinux keeps a container from what it mounts; this lifts it for ours alone. The engine's
    // filter of system calls refuses io_uring to programs (Docker Engine 25 and newer).
    SecurityOpt: ["label=disable", ...(programs.length > 0 ? ["seccomp=unconfined"] : [])],
    // `Mounts` and not `Binds`: the latter makes an empty directory where the source does not exist.
    Mounts: [...binds.map(bindMount), ...volumes.map(volumeMount), ...disks],
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

/** A volume without a name, which the engine mounts when the container starts and removes with it. */
function diskMount({ device, fileSystem, options, target }: DeviceMount, owner: Owner): Dockerode.MountSettings {
  const chosen: Record<string, string> = options.length > 0 ? { o: options.join(",") } : {};
  const driver = { Name: "local", Options: { type: fileSystem, device, ...chosen } };
  const ours = { NoCopy: true, Labels: ownerLabels(owner), DriverConfig: driver };
  return { Type: "volume", Source: "", Target: target, VolumeOptions: ours };
}

/** A name for the engine from parts of any text: letters, digits, dots and dashes. */
export function engineName(...parts: string[]): string {
  return `seatrial-${parts.join("-")}`.replaceAll(/[^a-zA-Z0-9.-]+/g, "-");
}
