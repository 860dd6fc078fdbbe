import { execFile } from "node:child_process";
import { toolPath } from "../programs.ts";

/** How a command ended: `ok`, or what it or the system said. */
export interface ToolResult {
  ok: boolean;
  output: string;
}

const TOOL_LIMIT_MS = 10_000;

/** Runs a small command to its end; never rejects but for the signal. */
export function runTool(
  argv: readonly string[],
  userPath: string | undefined,
  signal: AbortSignal,
): Promise<ToolResult> {
  signal.throwIfAborted();
  const options = { env: { PATH: toolPath(userPath), LC_ALL: "C" }, timeout: TOOL_LIMIT_MS, signal };
  return new Promise((resolve, reject) => {
    const child = execFile(argv[0] as string, argv.slice(1), options, (error, stdout, stderr) => {
      if (signal.aborted) return reject(signal.reason as Error);
      const said = `${stdout}${stderr}`.trim();
      resolve({ ok: !error, output: said || (error?.message ?? "") });
    });
    child.stdin?.end();
  });
}

/** `2.38.1` of util-linux's "unshare from util-linux 2.38.1"; undefined for another maker's. */
export function utilLinuxVersion(versionText: string): string | undefined {
  return /util-linux ([\d.]+)/.exec(versionText)?.[1];
}

/** Whether a dotted version is at least `wanted`, part by part. */
export function isAtLeast(version: string, wanted: string): boolean {
  const parts = version.split(".").map(Number);
  for (const [i, part] of wanted.split(".").map(Number).entries()) {
    const own = parts[i] ?? 0;
    if (own !== part) return own > part;
  }
  return true;
}
