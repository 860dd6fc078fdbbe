import { type ChildProcess, spawn } from "node:child_process";
import { within } from "./deadline.ts";
import { hostError } from "./errors.ts";
import { OutputLog } from "./output-log.ts";
import { signal } from "./processes.ts";

/** All that programs of the suite find in their environment. */
export const ENVIRONMENT = {
  PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
  LC_ALL: "C.UTF-8",
};

/** The first process of a host. While it lives the host lives; with it go all processes and mounts inside. */
export interface Keeper {
  /** On this machine. */
  readonly pid: number;
  /** The words that run a program inside. */
  enter(program: readonly string[]): string[];
  /** Resolves when all of it is gone. @throws SeatrialError VOLUME_HOST_FAILED where a process of it cannot be ended */
  end(): Promise<void>;
}

const START_LIMIT_MS = 10_000;
/** Only a process that sleeps in the kernel needs it. */
const END_LIMIT_MS = 10_000;

/**
 * Still with the machine's own `/proc` it tells its process id. The host has a name and a boot of its own, where drivers
 * look for them. What the machine lives on is read-only: the suite asks for volumes named like its directories, and a
 * driver may do as it is told. Where an engine is to live there, /run and /etc are the host's own, as they hold the engine's
 * sockets and its identity, and what a managed driver mounts is shared. The keeper ignores the end of its children, so that the kernel buries those that lost their parent; it ends with its input.
 */
const SCRIPT = `
read -r pid rest </proc/self/stat
boot_id=$1 own=$3 plugins=$4
echo "$2" >/proc/sys/kernel/hostname
shift 4
for directory do mount -n --rbind "$directory" "$directory" || exit 1; done
for directory in /*; do
  case $directory in /dev | /proc | /run | /sys | /tmp | /var) continue ;; esac
  [ -d "$directory" ] && [ ! -L "$directory" ] || continue
  mount -n --rbind "$directory" "$directory" && mount -n -o remount,bind,ro "$directory" || exit 1
done
cat /proc/sys/kernel/random/uuid >"$boot_id" || exit 1
mount -n -t proc proc /proc || exit 1
mount -n --bind "$boot_id" /proc/sys/kernel/random/boot_id || :
if [ -n "$own" ]; then
  mount -n -t tmpfs -o mode=755 run "$own" && mkdir -p "$own/lock" "$own/docker/plugins" || exit 1
  cp -a /etc "$own/etc" && cp --remove-destination -L /etc/resolv.conf "$own/etc/" 2>/dev/null
  mkdir -p "$own/etc/docker" && rm -f "$own/etc/docker/key.json" "$own/etc/docker/daemon.json"
  mount -n --bind "$plugins" "$own/docker/plugins" && mount -n --rbind "$own" /run && mount -n --bind "$own/etc" /etc || exit 1
  mount -n --make-rshared / || exit 1
fi
echo "ready $pid"
env --ignore-signal=CHLD true 2>/dev/null || exec cat >/dev/null
exec env --ignore-signal=CHLD cat >/dev/null`;

/** What tells one host from another. */
export interface KeeperOptions {
  /** Its host name: letters, digits and dashes. */
  name: string;
  /** A file for the number of its boot. */
  bootIdPath: string;
  /** Directories that stay writable wherever they lie; `/run`, `/tmp` and `/var` do. */
  writable: readonly string[];
  /** Present where an engine is to live: an empty directory for its /run, and the one in which it looks for drivers. */
  engine?: { run: string; plugins: string };
}

/**
 * Starts a host: mounts and processes of its own on the files and the network of this machine. It ends when the lab does,
 * whatever ends that.
 * @throws SeatrialError VOLUME_HOST_FAILED
 */
export async function startKeeper({ name, bootIdPath, writable, engine }: KeeperOptions): Promise<Keeper> {
  const user = isRoot() ? [] : ["--user", "--map-root-user"];
  const words = ["--mount", "--propagation", "private", "--pid", "--uts", "--fork", "--kill-child"];
  const places = [bootIdPath, name, engine?.run ?? "", engine?.plugins ?? "", ...writable];
  const child = spawn("unshare", [...user, ...words, "--", "sh", "-c", SCRIPT, "sh", ...places], {
    env: ENVIRONMENT,
    cwd: "/",
    stdio: ["pipe", "pipe", "pipe"],
  });
  const said = collect(child);
  // "close" and not "exit": the script holds these pipes too, and may outlive unshare by a moment.
  const gone = new Promise<undefined>((resolve) => child.once("close", () => resolve(undefined)));
  const late = () => undefined;
  const pid = await within(Promise.race([readyPid(child), gone]), START_LIMIT_MS, late);
  if (pid === undefined) {
    child.kill("SIGKILL");
    throw hostError("VOLUME_HOST_FAILED", `no host could be made: ${said.lastWords() || "unshare did not answer"}`);
  }
  return { pid, enter: (program) => wordsInside(pid, program), end: () => end(child, pid, gone) };
}

async function end(child: ChildProcess, pid: number, gone: Promise<undefined>): Promise<void> {
  // Not unshare, which waits until the kernel has ended all of the host; and not once it has ended.
  if (child.exitCode === null && child.signalCode === null) signal(pid, "SIGKILL");
  await within(gone, END_LIMIT_MS, () => {
    throw hostError("VOLUME_HOST_FAILED", `the host of process ${pid} is not gone after ${END_LIMIT_MS / 1000} s`, {
      remedy: "A process in it sleeps in the kernel: bring back the file system that it waits for.",
    });
  });
}

/**
 * The words that run a program with the mounts and processes that `pid` sees. The process that waits outside ends with the
 * program, and it with that one: `unshare --fork` does this, while nsenter's own fork would stop for good once the program
 * is paused.
 */
export function wordsInside(pid: number, program: readonly string[]): string[] {
  const user = isRoot() ? [] : ["--user", "--preserve-credentials"];
  const enter = ["nsenter", "--target", String(pid), ...user, "--mount", "--pid", "--uts", "--no-fork"];
  return [...enter, "--", "unshare", "--fork", "--kill-child", "--", ...program];
}

function isRoot(): boolean {
  return process.geteuid?.() === 0;
}

function readyPid(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    let said = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const pid = /^ready (\d+)$/m.exec(said)?.[1];
      if (pid !== undefined) resolve(Number(pid));
    });
  });
}

function collect(child: ChildProcess): OutputLog {
  const log = new OutputLog();
  child.stderr?.setEncoding("utf8").on("data", (text: string) => log.add(text));
  child.stdin?.on("error", () => undefined);
  child.once("error", (error) => log.add(error.message));
  return log;
}
