import { findSubjectProgram } from "../../../subjects/program.ts";
import type { VolumeTrialOptions } from "../options.ts";
import type { SubjectOptions } from "../subject.ts";
import type { FaultCommands } from "./host/back-end.ts";

type Served = Pick<VolumeTrialOptions, "scope" | "deadlineMs" | "patienceMs">;

/** Of the shorter of what its callers and the suite wait: a driver's own deadline lies below both. */
const DEADLINE_SHARE = 0.8;
/** It takes no less. */
const LEAST_DEADLINE_MS = 1000;

/** What breaks the directory that Seatrial's own driver keeps volumes in, and the programs that it mounts with. */
export const OWN_FAULTS: FaultCommands = {
  faults: {
    away: "mv {shared}/volumes {shared}/gone",
    starting: "mv {shared}/volumes {shared}/gone",
    "create-fails": "mv {shared}/staging {shared}/staged",
    "mount-fails": "touch {control}/mount-fails",
    "mount-hangs": "touch {control}/mount-hangs",
    "unmount-hangs": "touch {control}/umount-hangs",
  },
  heal: [
    "rm -f {control}/*-hangs {control}/*-fails",
    "if [ -e {shared}/gone ]; then mv -T {shared}/gone {shared}/volumes; fi",
    "if [ -e {shared}/staged ]; then mv -T {shared}/staged {shared}/staging; fi",
  ].join("; "),
};

/** Of Seatrial's own driver it is known what it takes. */
export const OWN_OPTIONS: Pick<SubjectOptions, "other" | "bad"> = {
  other: { mode: "0750" },
  bad: [{ mode: "999" }, { uid: "-1" }],
};

/** Runs its words with a `mount` and an `umount` that refuse, or wait, while a file in the directory `$0` says so. */
const WITH_STAND_INS = `
mkdir -p "$0/bin"
for program in mount umount; do
  cat >"$0/bin/$program" <<END
#!/bin/sh
while [ -e "$0/$program-hangs" ]; do sleep 0.05; done
if [ -e "$0/$program-fails" ]; then echo "$program: refused" >&2; exit 32; fi
exec $(command -v $program) "\\$@"
END
  chmod +x "$0/bin/$program"
done
PATH="$0/bin:$PATH" exec "$@"`;

/** The words that serve it on storage that obeys `OWN_FAULTS`. @throws SUBJECT_NOT_BUILT */
export function ownCommand(served: Served): string[] {
  const { nodePath, scriptPath } = findSubjectProgram("cli/main.js");
  return ["sh", "-c", WITH_STAND_INS, "{control}", nodePath, scriptPath, ...ownWords(served)];
}

/** The words that serve it, as a user would write them after `seatrial`. */
export function ownWords({ scope, deadlineMs, patienceMs }: Served): string[] {
  const places = ["--socket", "{socket}", "--state", "{state}", "--root", "{shared}", "--mounts", "{root}"];
  const ownDeadlineMs = Math.max(LEAST_DEADLINE_MS, Math.round(Math.min(deadlineMs, patienceMs) * DEADLINE_SHARE));
  return ["driver", "serve", "--backend", "directory", ...places, "--scope", scope, "--deadline", `${ownDeadlineMs}ms`];
}
