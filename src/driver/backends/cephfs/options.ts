import { z } from "zod";
import { parseSizeBytes } from "../../../core/quantity.ts";
import { CEPH_NAME } from "./settings.ts";

const LARGEST_ID = 2 ** 32 - 2;

/** A number as a text, or as the number that it was stored as. */
const whole = (least: number, most: number, what: string) =>
  z.preprocess(
    (value) => (typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : value),
    z
      .int({ error: `want ${what}` })
      .min(least)
      .max(most),
  );

const flag = z.preprocess(
  (value) => ({ "": true, true: true, false: false })[String(value)] ?? value,
  z.boolean({ error: "want true or false" }),
);

/** Bytes, or a number with a unit; one letter counts powers of 1024, as in `docker run --memory`. */
const size = z.preprocess(
  (value) => (typeof value === "string" ? bytesOf(value) : value),
  z
    .int({ error: "want a size such as 10GiB" })
    .min(1)
    .max(2 ** 53 - 1),
);

function bytesOf(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  return (
    parseSizeBytes(
      text.replace(/^(\d+)([kKmMgGtT])$/, (_, digits: string, unit: string) => `${digits}${unit.toUpperCase()}iB`),
    ) ?? Number.NaN
  );
}

const name = (what: string) => z.string().regex(CEPH_NAME, `want ${what}`);
const word = <const Words extends readonly [string, ...string[]]>(...words: Words) =>
  z.enum(words, { error: `want ${words.join(", ")}` });

/** What `docker volume create -o` takes for a volume on CephFS. */
export const cephfsOptions = z
  .strictObject({
    size: size.optional(),
    max_files: whole(1, Number.MAX_SAFE_INTEGER, "a number of files").optional(),
    uid: whole(0, LARGEST_ID, "a user id").optional(),
    gid: whole(0, LARGEST_ID, "a group id").optional(),
    mode: z
      .string()
      .regex(/^0?[0-7]{3,4}$/, "want permissions in octal such as 0750")
      .transform((text) => `0${Number.parseInt(text, 8).toString(8)}`)
      .optional(),
    pool: name("a data pool").optional(),
    namespace_isolated: flag.optional(),
    mounter: word("kernel", "fuse", "auto").optional(),
    client: name("the name of a client").optional(),
    keyring: name("a file name without a path").optional(),
    ro: flag.optional(),
    noatime: flag.optional(),
    nosuid: flag.optional(),
    nodev: flag.optional(),
    noexec: flag.optional(),
    ms_mode: word("legacy", "crc", "secure", "prefer-crc", "prefer-secure").optional(),
    recover_session: word("no", "clean").optional(),
    rasize: whole(0, 2 ** 31, "bytes").optional(),
    rsize: whole(0, 2 ** 31, "bytes").optional(),
    wsize: whole(0, 2 ** 31, "bytes").optional(),
    read_from_replica: word("no", "balance", "localize").optional(),
    crush_location: z
      .string()
      .regex(/^[A-Za-z0-9_.:|-]{1,255}$/, "want places such as rack:myrack|host:myhost")
      .optional(),
    on_remove: word("delete", "retain").optional(),
    from: name("the name of a volume").optional(),
    from_snapshot: name("the name of a snapshot").optional(),
    per_volume_auth: flag.optional(),
  })
  .superRefine((options, context) => {
    const refuse = (option: string, why: string) => context.addIssue({ code: "custom", path: [option], message: why });
    if (options.from_snapshot !== undefined && options.from === undefined) refuse("from_snapshot", "wants `from`");
    for (const option of ["uid", "gid", "mode", "namespace_isolated"] as const)
      if (options.from !== undefined && options[option] !== undefined)
        refuse(option, "a copy has its source's; leave it out, or `from`");
    for (const option of KERNEL_ONLY)
      if (options.mounter === "fuse" && options[option] !== undefined)
        refuse(option, "only the kernel's client has it");
  });

/** What was asked of one volume; absent is the default. */
export type CephfsOptions = z.infer<typeof cephfsOptions>;

/** Options that ceph-fuse has no counterpart of; with `mounter=auto` they hold where the kernel mounts. */
export const KERNEL_ONLY = [
  "ms_mode",
  "recover_session",
  "rasize",
  "rsize",
  "wsize",
  "read_from_replica",
  "crush_location",
] as const;

/** One line for each option. */
export const CEPHFS_OPTION_HELP: Readonly<Record<keyof CephfsOptions, string>> = {
  size: "quota: 10GiB, 500M, or bytes; best a multiple of 4 MiB; the cluster enforces it late",
  max_files: "quota: number of files and directories; the driver's client needs `mds 'allow rwp'`",
  uid: "owner of the volume's root",
  gid: "group of the volume's root",
  mode: "permissions of the volume's root in octal: 0750",
  pool: "data pool",
  namespace_isolated: "true: objects in a RADOS namespace of the volume's own",
  mounter: "kernel, fuse or auto",
  client: "identity that mounts, without `client.`; wants `keyring`",
  keyring: "file name of that identity's keyring, in the directory of the driver's own",
  ro: "true: mounted read-only",
  noatime: "true: times of access are not kept",
  nosuid: "false: set-user-id programs work; they do not by default",
  nodev: "false: device files work; they do not by default",
  noexec: "true: no program can be started from it",
  ms_mode: "kernel: legacy, crc, secure, prefer-crc, prefer-secure",
  recover_session: "kernel: no, or clean: an evicted client reconnects and drops what was not written",
  rasize: "kernel: bytes to read ahead",
  rsize: "kernel: most bytes in one read",
  wsize: "kernel: most bytes in one write",
  read_from_replica: "kernel: no, balance or localize",
  crush_location: "kernel: where this host is, for read_from_replica=localize",
  on_remove: "delete, or retain: Remove keeps the data as a snapshot of the subvolume",
  from: "volume to copy",
  from_snapshot: "snapshot of `from` to copy; a new one by default",
  per_volume_auth: "true: mounted with an identity that can reach this volume only",
};
