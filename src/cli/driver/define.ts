import { type Command, Option } from "commander";
import { LOG_LEVELS } from "../../core/log.ts";
import type {
  DriverOrdersFlags,
  DriverPackageFlags,
  DriverServeFlags,
  DriverStatusFlags,
  DriverStoreFlags,
} from "./flags.ts";

/** What the commands of the volume driver do. */
export interface DriverActions {
  driverServe(flags: DriverServeFlags): Promise<void>;
  driverPackage(flags: DriverPackageFlags): Promise<void>;
  driverStatus(flags: DriverStatusFlags): Promise<void>;
  driverStore(flags: DriverStoreFlags): Promise<void>;
  driverOrders(flags: DriverOrdersFlags): Promise<void>;
}

const SERVE_DESCRIPTION = [
  "Serves volumes to Docker and Podman over the volume plugin protocol until told to end.",
  [
    "References, mounts and volumes survive the driver, however it ends; mounts are never taken away by force.",
    "Each flag can be given by the environment as well, as managed plugins get their settings: --log-level is LOG_LEVEL.",
  ].join(" "),
].join("\n\n");

const SERVE_EXAMPLES = `
Examples:
  seatrial driver serve --backend directory --socket /run/docker/plugins/vol.sock --state /var/lib/vol --root /srv/vol
  docker volume create --driver vol --opt uid=1000 data`;

const PACKAGE_DESCRIPTION = [
  "Puts the driver, this machine's Node.js and the programs that the back end runs together as a managed plugin.",
  "It runs on hosts of this architecture. `docker plugin create` takes the directory as it is.",
].join("\n\n");

const PACKAGE_EXAMPLES = `
Examples:
  seatrial driver package --backend cephfs --out plugin
  docker plugin create cephfs plugin
  docker plugin set cephfs CEPH_CLIENT=volumes ceph.source=/etc/ceph
  docker plugin enable cephfs`;

/** `seatrial driver ...`. */
export function defineDriver(program: Command, actions: DriverActions): void {
  const driver = program.command("driver").description("A volume driver for Docker and Podman.");
  driver
    .command("serve")
    .summary("serve volumes until told to end")
    .description(SERVE_DESCRIPTION)
    .option("--backend <name>", "where volumes live: directory or cephfs (default: directory)")
    .option("--socket <file>", "where engines find it (default: /run/docker/plugins/seatrial.sock)")
    .option("--state <dir>", "what must outlive the driver, on this host's disk (default: /var/lib/seatrial-driver)")
    .option("--root <dir>", "directory: the directory that holds the volumes")
    .option(
      "--mounts <dir>",
      "directory for mount points (default: mounts below --root; with --scope global and on CephFS, below --state)",
    )
    .option(
      "--scope <scope>",
      "local, or global: other hosts share --root and have drivers of their own (default: local; on CephFS always global)",
    )
    .option("--ceph-conf <file>", "cephfs: has the monitors' addresses (default: /etc/ceph/ceph.conf)")
    .option("--ceph-mon-host <addresses>", "cephfs: the monitors' addresses between commas, instead of --ceph-conf")
    .option("--ceph-client <name>", "cephfs: who the driver is, without client. (default: admin)")
    .option("--ceph-keyring <file>", "cephfs: has its key (default: /etc/ceph/ceph.client.NAME.keyring)")
    .option("--ceph-fs <name>", "cephfs: the file system (default: cephfs)")
    .option("--subvolume-group <name>", "cephfs: the group that the volumes are in (default: seatrial)")
    .option("--mounter <name>", "cephfs: kernel, fuse, or auto: the kernel where it can (default: auto)")
    .option(
      "--in-use-check <answer>",
      "cephfs: whether Remove asks who has the volume mounted elsewhere (default: yes)",
    )
    .option("--deadline <duration>", "answer a Create or Mount within this (default: 25s)")
    .option("--unmount-delay <duration>", "keep an unused mount for this long, up to 5s (default: 0s)")
    .option("--managed", "an engine has started this driver as a plugin: it was mounted for nobody yet")
    .option("--metrics-port <port>", "serve /metrics and /healthz on this port of the loopback interface")
    .addOption(new Option("--log-level <level>", "least that is logged (default: info)").choices(LOG_LEVELS))
    .addHelpText("after", SERVE_EXAMPLES)
    .action((options: DriverServeFlags) => actions.driverServe(options));

  driver
    .command("package")
    .summary("make a plugin that Docker itself runs, without a registry")
    .description(PACKAGE_DESCRIPTION)
    .option("--backend <name>", "where volumes live: directory or cephfs (default: directory)")
    .requiredOption("--out <dir>", "a new or empty directory for config.json and rootfs")
    .addHelpText("after", PACKAGE_EXAMPLES)
    .action((options: DriverPackageFlags) => actions.driverPackage(options));

  driver
    .command("status")
    .description(
      "Shows the volumes of a driver that runs: who has them, where they are mounted, and whether that serves.",
    )
    .option("--socket <file>", "where it listens (default: /run/docker/plugins/seatrial.sock)")
    .option("--json", "print exactly one JSON document on standard output")
    .action((options: DriverStatusFlags) => actions.driverStatus(options));

  driver
    .command("store", { hidden: true })
    .description("Looks after the directories of volumes for a driver that has started it.")
    .requiredOption("--root <dir>", "directory that holds the volumes")
    .requiredOption("--remember <file>", "which directory that was")
    .action((options: DriverStoreFlags) => actions.driverStore(options));

  driver
    .command("orders", { hidden: true })
    .description("Gives a Ceph cluster the orders of a driver that has started it.")
    .requiredOption("--settings <json>", "how the cluster is reached")
    .action((options: DriverOrdersFlags) => actions.driverOrders(options));
}
