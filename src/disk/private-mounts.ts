import fs from "node:fs";
import { isWithin, parseMountInfo } from "../core/mount-info.ts";
import type { SubjectProgram } from "../subjects/subject-process.ts";
import { runTool } from "./tools.ts";

/** What system programs are made of and need; everything else that is mounted is none of this process's business. */
const KEPT = "/usr /bin /sbin /lib /lib32 /lib64 /libx32 /etc /opt /nix /gnu /dev /proc /sys".split(" ");

/** Exists on every system, and is hidden by what is mounted there in this namespace only. */
const STAGE = "/tmp";

/** Directories that only this process sees. */
export interface PrivatePlaces {
  /** For the disk's own file. */
  disk: string;
  /** For its file system, now and then. */
  fileSystem: string;
  /** This program, for processes that act on the file system. */
  program: SubjectProgram;
}

/**
 * Lets go of the machine's mounts, of which a new mount namespace has copies: as long as it held one, another disk's file
 * system would live on after its last unmount. Files below `/tmp`, and on mounts of their own, must have been opened
 * before; the program, which may be such a file, is kept.
 */
export async function makePrivatePlaces({ scriptPath, nativePath }: OwnFiles): Promise<PrivatePlaces> {
  const script = fs.readFileSync(scriptPath);
  // Without it, as where it cannot be loaded, other programs do the work.
  const native = nativePath !== undefined && fs.existsSync(nativePath) ? fs.readFileSync(nativePath) : undefined;
  const mounts = parseMountInfo(fs.readFileSync("/proc/self/mountinfo", "utf8"));
  const isKept = (path: string) => path === "/" || KEPT.some((kept) => isWithin(path, kept));
  const foreign = mounts.map(({ path }) => path).filter((path) => !isKept(path));
  // Newest first, so that what is hidden comes to light. One that stays does no harm but to a power cut, which says so.
  if (foreign.length > 0) await runTool("umount", "-c", "-i", "-l", ...foreign.toReversed()).catch(() => undefined);
  await runTool("mount", "-t", "tmpfs", "-o", "mode=700,size=32m", "tmpfs", STAGE);
  const places = { disk: `${STAGE}/disk`, fileSystem: `${STAGE}/file-system` };
  for (const directory of Object.values(places)) fs.mkdirSync(directory);
  return { ...places, program: keepProgram(script, native) };
}

/** Where this program lies before the machine's mounts are let go of. */
export interface OwnFiles {
  scriptPath: string;
  nativePath?: string | undefined;
}

function keepProgram(script: Buffer, native: Buffer | undefined): SubjectProgram {
  const scriptPath = `${STAGE}/disk.cjs`;
  const nativePath = `${STAGE}/native.node`;
  fs.writeFileSync(scriptPath, script);
  if (native) fs.writeFileSync(nativePath, native);
  // Whatever is hidden, a process finds its own executable there.
  return { nodePath: "/proc/self/exe", scriptPath, ...(native && { nativePath }) };
}
