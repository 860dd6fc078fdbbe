import { z } from "zod";

/** Letters, digits and `. _ -`: all that the cluster's own commands take in a name. */
export const CEPH_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

const cephName = (what: string) =>
  z.string().regex(CEPH_NAME, `want ${what}: letters, digits, dot, dash, underscore, 128 at most`);
const absolutePath = z.string().regex(/^\//, "want an absolute path");

/** How a cluster is reached and where on it volumes are. Secrets are named by file, never by value. */
export const cephfsSettings = z
  .strictObject({
    /** `ceph.conf` with the monitors' addresses; `/etc/ceph/ceph.conf` where no monitors are given. */
    configuration: absolutePath.optional(),
    /** The monitors' addresses between commas, instead of a configuration. */
    monitors: z
      .string()
      .regex(/^[A-Za-z0-9[\]:.,_/-]+$/, "want addresses between commas, such as 192.0.2.1,192.0.2.2:6789")
      .optional(),
    /** The identity without `client.` */
    client: cephName("the name of a client").default("admin"),
    /** The file with the identity's key; `/etc/ceph/ceph.client.CLIENT.keyring` unless given. */
    keyring: absolutePath.optional(),
    fileSystem: cephName("the name of a file system").default("cephfs"),
    /** The group of subvolumes that are the driver's volumes; made when the first volume is. */
    group: cephName("the name of a group").default("seatrial"),
    /** auto: the kernel's client where the kernel has it, else ceph-fuse. */
    mounter: z.enum(["kernel", "fuse", "auto"]).default("auto"),
    /**
     * Whether the metadata server is asked who has a volume mounted: before it is removed, and before it is mounted, to free
     * what a killed client of this host's still holds. The identity needs `mds 'allow *'` for that.
     */
    inUseCheck: z.boolean().default(true),
    /** How long the cluster may take to answer one command. */
    orderTimeoutMs: z.int().min(1000).max(60_000).default(10_000),
    /** For keys while they are needed; best in memory. Made with mode 0700. */
    runDirectory: absolutePath.default("/run/seatrial-cephfs"),
  })
  .transform((given) => ({
    ...given,
    configuration: given.configuration ?? (given.monitors === undefined ? "/etc/ceph/ceph.conf" : "/dev/null"),
    keyring: given.keyring ?? `/etc/ceph/ceph.client.${given.client}.keyring`,
  }));

/** What `createCephfsBackEnd` takes. */
export type CephfsSettings = z.infer<typeof cephfsSettings>;
