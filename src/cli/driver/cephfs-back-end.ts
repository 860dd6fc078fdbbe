import type { BackEnd } from "../../driver/back-end.ts";
import { createCephfsBackEnd } from "../../driver/backends/cephfs/back-end.ts";
import { type CephfsSettings, cephfsSettings } from "../../driver/backends/cephfs/settings.ts";
import { cliError } from "../errors.ts";
import type { Surroundings } from "../surroundings.ts";
import type { DriverServeFlags } from "./flags.ts";
import type { BackEndPlace } from "./back-end-place.ts";

/** Volumes on CephFS. Orders to the cluster go through another process of this very program. */
export function cephfsBackEnd({ flags, settings, surroundings, env }: BackEndPlace): () => BackEnd {
  const cluster = readSettings(flags, surroundings.env);
  const words = [surroundings.scriptPath, "driver", "orders", "--settings", JSON.stringify(cluster)];
  const { mountsDirectory } = settings;
  return () => createCephfsBackEnd(cluster, { env, mountsDirectory, orderCommand: [process.execPath, ...words] });
}

/** Flags go over the environment. */
const FLAGS = {
  configuration: ["--ceph-conf", "cephConf", "CEPH_CONF"],
  monitors: ["--ceph-mon-host", "cephMonHost", "CEPH_MON_HOST"],
  client: ["--ceph-client", "cephClient", "CEPH_CLIENT"],
  keyring: ["--ceph-keyring", "cephKeyring", "CEPH_KEYRING"],
  fileSystem: ["--ceph-fs", "cephFs", "CEPH_FS"],
  group: ["--subvolume-group", "subvolumeGroup", "SUBVOLUME_GROUP"],
  mounter: ["--mounter", "mounter", "MOUNTER"],
  inUseCheck: ["--in-use-check", "inUseCheck", "IN_USE_CHECK"],
} as const satisfies Record<string, readonly [string, keyof DriverServeFlags, string]>;

/** @throws SeatrialError SETTING_INVALID with the flag's name */
function readSettings(flags: DriverServeFlags, env: Surroundings["env"]): CephfsSettings {
  const given = Object.entries(FLAGS).flatMap(([key, [, flag, variable]]) => {
    const text = flags[flag] ?? env[variable];
    return text === undefined || text === "" ? [] : [[key, key === "inUseCheck" ? yesOrNo(text) : text]];
  });
  const read = cephfsSettings.safeParse(Object.fromEntries(given));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const [flag] = FLAGS[issue?.path[0] as keyof typeof FLAGS];
  throw cliError("SETTING_INVALID", `${flag}: ${issue?.message}`);
}

function yesOrNo(text: string): boolean | string {
  return { yes: true, true: true, no: false, false: false }[text] ?? text;
}
