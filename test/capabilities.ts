import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { request } from "node:http";
import { diskPreflight } from "../src/disk/preflight.ts";

/** What a test may need of the machine. The value says why it is missing; "" means it is there. */
export interface Capabilities {
  docker: string;
  podman: string;
  embedded: string;
  chromium: string;
  fuse: string;
  fio: string;
  root: string;
  /** Disks that can be made to lie. */
  disk: string;
  /** Programs that make these file systems. */
  xfs: string;
  btrfs: string;
  /** CephFS with all its daemons, and hosts in namespaces that mount it and have engines of their own. */
  ceph: string;
  /** A Docker Engine that the volume trial starts in a host of its own. */
  engine: string;
}

export type Capability = keyof Capabilities;

const CEPH_COMMANDS = [
  "ceph",
  "ceph-mon",
  "ceph-mgr",
  "ceph-osd",
  "ceph-mds",
  "ceph-fuse",
  "getfattr",
  "dockerd",
  "ip",
  "unshare",
];
const ENGINE_COMMANDS = ["dockerd", "containerd", "runc", "unshare", "nsenter", "busybox"];
const CHROMIUM_NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/** Looks once at the machine; starts nothing that outlives the look. */
export async function detectCapabilities(env: NodeJS.ProcessEnv): Promise<Capabilities> {
  const root = process.getuid?.() === 0 ? "" : "this user is not root";
  return {
    docker: await lackOfEngine(env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock"),
    podman: lackOfCommand(["podman"]),
    embedded: lackOfNamespaces(root === ""),
    chromium: lackOfCommand(CHROMIUM_NAMES),
    fuse: lackOfFuse(),
    fio: lackOfCommand(["fio"]),
    root,
    disk: lackOfDisks(),
    xfs: lackOfCommand(["mkfs.xfs"]),
    btrfs: lackOfCommand(["mkfs.btrfs"]),
    engine: root || ENGINE_COMMANDS.map((name) => lackOfCommand([name])).find(Boolean) || "",
    ceph: root || lackOfFuse() || CEPH_COMMANDS.map((name) => lackOfCommand([name])).find(Boolean) || "",
  };
}

/** Where Chromium is, for tests that drive it. */
export function findChromium(): string | undefined {
  return CHROMIUM_NAMES.map(findCommand).find((path) => path !== undefined);
}

function findCommand(name: string): string | undefined {
  const found = spawnSync("sh", ["-c", 'command -v "$1"', "sh", name], { encoding: "utf8" });
  return found.status === 0 ? found.stdout.trim() : undefined;
}

function lackOfCommand(names: readonly string[]): string {
  return names.some((name) => findCommand(name)) ? "" : `no command named ${names.join(" or ")}`;
}

function lackOfNamespaces(root: boolean): string {
  const identity = root ? [] : ["--user", "--map-root-user"];
  const tried = spawnSync("unshare", [...identity, "--mount", "--pid", "--net", "--fork", "true"], {
    encoding: "utf8",
    timeout: 5_000,
  });
  if (tried.status === 0) return "";
  return `unshare does not work here: ${tried.error?.message ?? tried.stderr.trim()}`;
}

function lackOfFuse(): string {
  try {
    accessSync("/dev/fuse", constants.R_OK | constants.W_OK);
    return "";
  } catch (error) {
    return `/dev/fuse cannot be opened: ${(error as Error).message}`;
  }
}

function lackOfDisks(): string {
  const { state, detail } = diskPreflight();
  return state === "ok" ? "" : detail;
}

function lackOfEngine(address: string): Promise<string> {
  const url = new URL(address);
  const target =
    url.protocol === "unix:" ? { socketPath: url.pathname } : { host: url.hostname, port: url.port || "2375" };
  return new Promise((resolve) => {
    const asked = request({ ...target, path: "/_ping", timeout: 5_000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200 ? "" : `the engine at ${address} answers ${answer.statusCode}`);
    });
    asked.on("timeout", () => asked.destroy(new Error("no answer in 5 s")));
    asked.on("error", (error) => resolve(`no engine at ${address}: ${error.message}`));
    asked.end();
  });
}
