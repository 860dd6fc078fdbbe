import { execFile } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import type { Podman } from "../subject.ts";
import type { DriverHost } from "../subjects/host/host.ts";
import { ENVIRONMENT } from "../subjects/host/keeper.ts";
import { groupOf } from "./control-groups.ts";
import { busyboxArchive } from "./image.ts";

const CALL_LIMIT_MS = 60_000;
const IMAGE = "localhost/seatrial-volume:1";

/** Podman in a driver's host, with stores and locks of its own there; undefined where this machine has none. */
export function podmanIn(host: DriverHost): Podman | undefined {
  if (!["/usr/bin/podman", "/usr/local/bin/podman"].some((file) => fs.existsSync(file))) return undefined;
  const { home, socket } = host.places;
  const driver = path.basename(socket, ".sock");
  const configuration = path.join(home, "containers.conf");
  const run = (words: readonly string[], input?: Buffer) =>
    new Promise<{ status: number; output: string }>((resolve) => {
      const places = ["--root", path.join(home, "podman"), "--runroot", "/run/podman", "--tmpdir", "/run/podman-tmp"];
      const [command = "", ...rest] = host.enter(["podman", ...places, ...words]);
      const env = { ...ENVIRONMENT, HOME: home, CONTAINERS_CONF: configuration };
      const child = execFile(command, rest, { env, timeout: CALL_LIMIT_MS }, (error, stdout, stderr) =>
        resolve({ status: error ? (typeof error.code === "number" ? error.code : -1) : 0, output: stdout || stderr }),
      );
      child.stdin?.on("error", () => undefined);
      child.stdin?.end(input);
    });
  let image: Promise<{ status: number; output: string }> | undefined;
  const order = async (...words: string[]) => {
    image ??= (async () => {
      await fs.promises.writeFile(configuration, configurationText(driver, socket));
      return run(["import", "-", IMAGE], await busyboxArchive());
    })();
    const imported = await image;
    return imported.status === 0 ? run(words) : imported;
  };
  return {
    ...{ driver, order },
    run: (script, volume) =>
      order(
        "run",
        "--rm",
        "--cgroup-parent",
        `/${groupOf(host.keeperPid())}`,
        "--volume",
        `${volume}:/v`,
        IMAGE,
        "/bin/sh",
        "-c",
        script,
      ),
  };
}

/** Locks in files: those in memory are of all Podmans of the machine. */
function configurationText(driver: string, socket: string): string {
  return `
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]
netns = "none"
[engine]
cgroup_manager = "cgroupfs"
events_logger = "none"
lock_type = "file"
[engine.volume_plugins]
${JSON.stringify(driver)} = ${JSON.stringify(socket)}
`;
}
