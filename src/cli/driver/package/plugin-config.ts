/** Where a plugin's volumes live. */
export const PLUGIN_BACK_ENDS = ["directory", "cephfs"] as const;
export type PluginBackEnd = (typeof PLUGIN_BACK_ENDS)[number];

/** Inside the plugin: the engine moves what is mounted below it to where containers see it. No other path may begin so. */
const MOUNTS = "/mnt/volumes";
const VOLUMES = "/volumes";
const STATE = "/var/lib/seatrial-driver";
/** The program of a plugin, with its leading slash. */
export const PLUGIN_ENTRY = "/usr/local/bin/volume-plugin";

/**
 * The `config.json` of a plugin, as Docker's `/plugins/create` takes it. Sockets lie in `/run/docker/plugins`, which the
 * engine replaces by a directory of 85 characters: 22 are left for the name (`sun_path` of unix(7)).
 */
export function pluginConfig(backEnd: PluginBackEnd, version: string): object {
  const { network, env, mounts, devices, flags } = BACK_ENDS[backEnd];
  return {
    description: `Seatrial ${version}: volumes ${backEnd === "cephfs" ? "on CephFS" : "in a directory of the host"}`,
    interface: { types: ["docker.volumedriver/1.0"], socket: "seatrial.sock", protocolScheme: "" },
    entrypoint: [PLUGIN_ENTRY, "--backend", backEnd, "--state", STATE, "--mounts", MOUNTS, ...flags],
    workdir: "/",
    network: { type: network },
    propagatedMount: MOUNTS,
    ...{ ipcHost: false, pidHost: false },
    mounts: [...mounts, STATE_MOUNT],
    env: [...env, ...COMMON_ENV],
    args: { name: "", description: "", settable: [], value: [] },
    linux: { capabilities: ["CAP_SYS_ADMIN"], allowAllDevices: false, devices },
  };
}

/** The empty text is what the driver takes for nothing. */
function setting(name: string, description: string) {
  return { name, description, value: "", settable: ["value"] };
}

function bind(name: string, description: string, ends: { source: string; destination: string }, options: string[]) {
  return { name, description, ...ends, type: "bind", options: ["rbind", ...options], settable: ["source"] };
}

const STATE_MOUNT = bind(
  "state",
  "directory of the host for what must outlive the plugin",
  { source: "/var/lib/seatrial-driver/state", destination: STATE },
  ["rw"],
);

const COMMON_ENV = [
  setting("DEADLINE", "answer a Create or Mount within this (25s)"),
  setting("UNMOUNT_DELAY", "keep an unused mount for this long (0s)"),
  setting("LOG_LEVEL", "least that is logged (info)"),
];

/** What the back ends need of the host, and not more: a user is asked for each of it. */
const BACK_ENDS = {
  directory: {
    network: "none",
    flags: ["--root", VOLUMES],
    devices: [],
    env: [setting("SCOPE", "local, or global: other hosts share the directory (local)")],
    mounts: [
      bind(
        "volumes",
        "directory of the host that holds the volumes",
        { source: "/var/lib/seatrial-driver/volumes", destination: VOLUMES },
        // What the host mounts there later is to be seen here.
        ["rw", "rslave"],
      ),
    ],
  },
  cephfs: {
    network: "host",
    flags: [],
    devices: [{ name: "fuse", description: "mounts through ceph-fuse", path: "/dev/fuse", settable: [] }],
    env: [
      setting("CEPH_MON_HOST", "the monitors' addresses between commas, instead of ceph.conf"),
      setting("CEPH_CLIENT", "who the driver is, without client. (admin)"),
      setting("CEPH_KEYRING", "has its key (/etc/ceph/ceph.client.NAME.keyring)"),
      setting("CEPH_FS", "the file system (cephfs)"),
      setting("SUBVOLUME_GROUP", "the group that the volumes are in (seatrial)"),
      setting("MOUNTER", "kernel, fuse or auto (auto)"),
      setting("IN_USE_CHECK", "whether Remove asks who has the volume mounted elsewhere (yes)"),
      setting("METRICS_PORT", "serve /metrics and /healthz on this port of the loopback interface"),
    ],
    mounts: [
      bind(
        "ceph",
        "directory of the host with ceph.conf and keyrings",
        { source: "/etc/ceph", destination: "/etc/ceph" },
        ["ro"],
      ),
    ],
  },
} as const;
