import { unmountAll } from "../../../../fuse/mount.ts";
import { subjectError } from "../../../../subjects/errors.ts";
import { findSubjectProgram } from "../../../../subjects/program.ts";
import { SubjectProcess, type SubjectProgram } from "../../../../subjects/subject-process.ts";
import { completeDials, type ShareDials } from "./dials.ts";

/** What to share, where, and how badly. */
export interface ShareRequest {
  /** An existing directory. */
  source: string;
  /** An existing directory, other than the source and not below it. */
  mountpoint: string;
  /** What is left out is off. */
  dials?: Partial<ShareDials>;
  signal?: AbortSignal;
  /** Where the share's program is; found by itself in a built package. */
  program?: SubjectProgram;
}

/** A share that is mounted. */
export interface Share {
  readonly pid: number;
  readonly mountpoint: string;
  /** Replaces all dials; holds from the next request on, what the kernel has cached lives on. `locks` cannot change. */
  setDials(dials: Partial<ShareDials>): Promise<void>;
  /** Unmounts and ends the process; safe to call twice and after the process was killed. */
  stop(): Promise<void>;
}

const GRACE_MS = 5000;

/**
 * Serves a directory through FUSE from a process of its own, which unmounts and ends by itself when this one dies. Needs
 * root, in a user namespace or outside. The mount shows as `fuse.seatrial-share` in mountinfo.
 * @throws SeatrialError SUBJECT_BAD_DIALS, SUBJECT_NOT_BUILT, SUBJECT_FAILED, FUSE_UNAVAILABLE, FUSE_MOUNT_FAILED
 */
export async function startShare({ source, mountpoint, dials = {}, signal, program }: ShareRequest): Promise<Share> {
  const settings = { source, mountpoint, dials: completeDials(dials) };
  const subject = await SubjectProcess.start(program ?? findSubjectProgram("subjects/share"), settings, {
    ...(signal && { signal }),
  });
  return {
    pid: subject.pid,
    mountpoint,
    setDials: async (changed) => void (await subject.tell(completeDials(changed))),
    stop: () => stop(subject, mountpoint),
  };
}

async function stop(subject: SubjectProcess, mountpoint: string): Promise<void> {
  const ended = await subject.end(GRACE_MS);
  const left = await unmountAll(mountpoint);
  if (!ended) await subject.kill(GRACE_MS);
  if (left.length > 0) throw subjectError("SUBJECT_FAILED", `still mounted: ${left.join(", ")}`);
}
