import { findSubjectProgram } from "../../../../subjects/program.ts";
import { SubjectProcess, type SubjectProgram } from "../../../../subjects/subject-process.ts";
import { completeMirrorDials, type MirrorDials } from "./dials.ts";

/** What to keep alike. */
export interface MirrorRequest {
  /** An existing directory; what is in it is copied at once. */
  source: string;
  /** An existing, empty directory. */
  replica: string;
  dials?: Partial<MirrorDials>;
  signal?: AbortSignal;
  /** Where the mirror's program is; found by itself in a built package. */
  program?: SubjectProgram;
}

/** Two directories that follow each other. */
export interface Mirror {
  readonly pid: number;
  readonly replica: string;
  /** Holds for changes that come after it. */
  setDials(dials: Partial<MirrorDials>): Promise<void>;
  /** Changes that are still on their way are lost. Safe to call twice. */
  stop(): Promise<void>;
}

const GRACE_MS = 5000;

/**
 * Synchronises two plain directories, both ways, a fixed time behind: a share of the class that keeps copies. Needs no
 * rights and no FUSE. Carries content, names, links, modes, owners (as root) and mtime to the microsecond; not pipes,
 * devices or extended attributes. Each change is written `delayMs` after inotify told of it, some tens of microseconds
 * after it was made; a file that is replaced there is replaced here at once.
 * @throws SeatrialError SUBJECT_BAD_DIALS, SUBJECT_NOT_BUILT, SUBJECT_FAILED
 */
export async function startMirror({ source, replica, dials = {}, signal, program }: MirrorRequest): Promise<Mirror> {
  const settings = { source, replica, dials: completeMirrorDials(dials) };
  const subject = await SubjectProcess.start(program ?? findSubjectProgram("subjects/mirror"), settings, {
    ...(signal && { signal }),
  });
  return {
    pid: subject.pid,
    replica,
    setDials: async (changed) => void (await subject.tell(completeMirrorDials(changed))),
    stop: async () => {
      if (!(await subject.end(GRACE_MS))) await subject.kill(GRACE_MS);
    },
  };
}
