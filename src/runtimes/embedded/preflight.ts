import { readFile } from "node:fs/promises";
import os from "node:os";
import type { PreflightCheck } from "../../core/runtime.ts";
import { type NamespaceOptions, unshareArgv } from "./namespaces.ts";
import { isAtLeast, runTool, utilLinuxVersion } from "./tools.ts";

const TOOLS = ["sh", "unshare", "nsenter", "mount", "umount", "pivot_root"];

/** `unshare --kill-child` came with 2.32, `--time` with 2.36. */
const OLDEST_UTIL_LINUX = { plain: "2.32", time: "2.36" };

/** Kernel settings that forbid user namespaces: where, which value, and how to change it. */
const USER_NAMESPACE_LIMITS = [
  { file: "/proc/sys/kernel/unprivileged_userns_clone", bad: "0", setting: "kernel.unprivileged_userns_clone=1" },
  { file: "/proc/sys/user/max_user_namespaces", bad: "0", setting: "user.max_user_namespaces=10000" },
  {
    file: "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
    bad: "1",
    setting: "kernel.apparmor_restrict_unprivileged_userns=0",
  },
] as const;

/** Tries what `open` will need, in throwaway namespaces that end with the try. */
export async function preflightChecks(
  namespaces: NamespaceOptions,
  userPath: string | undefined,
  signal: AbortSignal,
): Promise<PreflightCheck[]> {
  const platform = platformCheck(os.platform());
  if (platform.state === "fail") return [platform];
  const tools = await toolsCheck(namespaces, userPath, signal);
  if (tools.state === "fail") return [platform, tools];
  return [platform, tools, await namespacesCheck(namespaces, userPath, signal)];
}

function platformCheck(platform: string): PreflightCheck {
  if (platform === "linux") return { id: "embedded.linux", state: "ok", detail: `Linux ${os.release()}` };
  return {
    id: "embedded.linux",
    state: "fail",
    detail: `namespaces need Linux, this is ${platform}`,
    remedy: "Choose another runtime, or run Seatrial in a Linux virtual machine.",
  };
}

async function toolsCheck(
  namespaces: NamespaceOptions,
  userPath: string | undefined,
  signal: AbortSignal,
): Promise<PreflightCheck> {
  const remedy =
    "Install util-linux (`apt-get install util-linux mount`, `apk add util-linux`, `dnf install util-linux`).";
  const refuse = (detail: string): PreflightCheck => ({ id: "embedded.tools", state: "fail", detail, remedy });
  const script = 'for tool; do command -v "$tool" >/dev/null || echo "$tool"; done';
  const missing = await runTool(["sh", "-c", script, "sh", ...TOOLS], userPath, signal);
  if (missing.output !== "") return refuse(`missing: ${missing.output.split("\n").join(", ")}`);
  const said = (await runTool(["unshare", "--version"], userPath, signal)).output;
  const version = utilLinuxVersion(said);
  const wanted = namespaces.monotonicOffsetSeconds === undefined ? OLDEST_UTIL_LINUX.plain : OLDEST_UTIL_LINUX.time;
  if (!version) return refuse(`the unshare found is not util-linux's: ${said.split("\n")[0]}`);
  if (!isAtLeast(version, wanted)) return refuse(`util-linux ${version} is older than ${wanted}`);
  return { id: "embedded.tools", state: "ok", detail: `util-linux ${version}` };
}

async function namespacesCheck(
  namespaces: NamespaceOptions,
  userPath: string | undefined,
  signal: AbortSignal,
): Promise<PreflightCheck> {
  // A fresh process file system is what confined machines refuse last: mount_namespaces(7), "fully visible".
  const tried = await runTool(
    unshareArgv(namespaces, ["mount", "-n", "-t", "proc", "proc", "/proc"]),
    userPath,
    signal,
  );
  const id = "embedded.namespaces";
  if (tried.ok)
    return {
      id,
      state: "ok",
      detail: `as ${namespaces.mode === "root" ? "root" : "an ordinary user, through user namespaces"}`,
    };
  const detail = `namespaces cannot be made in mode "${namespaces.mode}": ${tried.output}`;
  return { id, state: "fail", detail, remedy: namespaceRemedy(namespaces, await forbiddingSettings()) };
}

async function forbiddingSettings(): Promise<string[]> {
  const values = await Promise.all(USER_NAMESPACE_LIMITS.map(({ file }) => readFile(file, "utf8").catch(() => "")));
  return USER_NAMESPACE_LIMITS.filter(({ bad }, i) => values[i]?.trim() === bad).map(({ setting }) => setting);
}

/** What to do about namespaces that are refused; `settings` are the kernel settings found to forbid them. */
export function namespaceRemedy({ mode }: NamespaceOptions, settings: readonly string[]): string {
  if (mode === "user namespace" && settings.length > 0)
    return `Allow user namespaces with \`sudo sysctl ${settings.join(" ")}\`, or run as root.`;
  if (mode === "user namespace")
    return "Run as root, or allow this user (and the container or service it runs in) to make user namespaces.";
  return "Run with CAP_SYS_ADMIN and without a filter on unshare and mount: in a container that means a privileged one.";
}
