import fs from "node:fs";
import path from "node:path";
import type { AgentBundle } from "../core/agent.ts";
import { messageOf } from "../core/errors.ts";
import type { PreflightCheck } from "../core/runtime.ts";
import { CLI_ERRORS } from "./errors.ts";

/** Whether the program that runs inside containers is there. */
export function checkAgent({ scriptPath, nodePath }: AgentBundle): PreflightCheck {
  const id = "agent";
  if (fs.existsSync(scriptPath)) return { id, state: "ok", detail: `Node.js ${process.version} at ${nodePath}` };
  const { remedy } = CLI_ERRORS.AGENT_NOT_BUILT;
  return { id, state: "fail", detail: `${scriptPath} does not exist`, remedy };
}

/** Whether calls that Node.js lacks (flock, mmap, inotify) can be made. */
export function checkForeignFunctions({ nativePath }: AgentBundle): PreflightCheck {
  const id = "foreign-functions";
  if (nativePath !== undefined) return { id, state: "ok", detail: "flock, mmap, inotify and xattr can be tried" };
  return {
    id,
    state: "warn",
    detail: "the module koffi has no binary for this platform: flock, mmap, inotify and xattr are left out",
    remedy: "Install with optional dependencies (`npm ci` without --omit=optional).",
  };
}

/** Whether subjects that are bad on purpose can be mounted; ordinary trials need none. */
export function checkFuse(): PreflightCheck {
  const id = "fuse";
  try {
    fs.accessSync("/dev/fuse", fs.constants.R_OK | fs.constants.W_OK);
    return { id, state: "ok", detail: "/dev/fuse: stale shares can be made to try a trial on" };
  } catch (error) {
    return {
      id,
      state: "warn",
      detail: `no stale share can be made to try a trial on: ${messageOf(error)}`,
      remedy: "Only Seatrial's own tests need it: `modprobe fuse`, as root.",
    };
  }
}

/** Whether what a killed lab leaves can be remembered for a sweep. */
export function checkStateDir(stateDir: string): PreflightCheck {
  const id = "state";
  const folder = nearestExisting(path.resolve(stateDir));
  try {
    fs.accessSync(folder, fs.constants.W_OK | fs.constants.X_OK);
    return { id, state: "ok", detail: stateDir };
  } catch (error) {
    const remedy = "Name a directory of yours in SEATRIAL_STATE_DIR.";
    return { id, state: "fail", detail: `${stateDir} cannot be written: ${messageOf(error)}`, remedy };
  }
}

function nearestExisting(folder: string): string {
  return fs.existsSync(folder) ? folder : nearestExisting(path.dirname(folder));
}
