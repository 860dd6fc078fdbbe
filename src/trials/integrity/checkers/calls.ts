import { counted, commonest, createEvidenceList, found } from "../../../core/finding.ts";
import type { Finding } from "../../../core/report.ts";
import type { WriteResult } from "../model.ts";
import { CALLS, type IntegrityChecker } from "./claims.ts";

/** Faults that make calls fail: to be told of the failure is then what is wanted. */
const REFUSING = new Set([
  "write-error",
  "flush-error",
  "read-error",
  "full-disk",
  "file-system-shutdown",
  "read-only",
  "power-cut",
]);
/** They speak of room and rights, which are the user's to give. */
const SETTLED_BY_USER: Readonly<Record<string, string>> = {
  ENOSPC: "Give the storage more room, or a smaller --size.",
  EDQUOT: "Raise the quota, or give a smaller --size.",
  EROFS: "Mount the storage for writing.",
  EACCES: "Let the container's user write there.",
  EPERM: "Let the container's user write there.",
};

/** Calls that the storage refused although nothing was made to refuse them. */
export const callsChecker: IntegrityChecker = {
  id: "integrity.calls",
  claims: [CALLS.claim],
  begin: () => {
    const refusing = new Set<string>();
    let everRefusing = false;
    const texts = new Map<string, number>();
    const codes = new Set<string>();
    const evidence = createEvidenceList();
    let steps = 0;
    let explained = 0;
    const note = (text: string, code: string, index: number, count = 1) => {
      texts.set(text, (texts.get(text) ?? 0) + count);
      codes.add(code);
      evidence.add(index);
    };
    return {
      see: (event) => {
        if (event.kind === "fault-injected" && REFUSING.has(event.fault.kind)) {
          refusing.add(event.fault.id);
          everRefusing = true;
        }
        if (event.kind === "fault-healed") refusing.delete(event.fault.id);
        if (event.kind === "fail") note(event.reason ?? "refused", codeIn(event.reason ?? ""), event.index);
        if (event.kind !== "ok" || event.op.type !== "write" || !event.op.result) return;
        const { result } = event.op;
        steps += result.reached - event.op.from;
        // A file system that has met an error may stay read-only until it is mounted again, long after the fault.
        if (everRefusing) explained += result.failureCount;
        else for (const [text, code, count] of failuresOf(result)) note(text, code, event.index, count);
      },
      finish: (): Finding[] => {
        const after = explained > 0 ? `; ${counted(explained, "call")} failed after a fault that refuses calls` : "";
        if (texts.size === 0) return steps > 0 ? [found(CALLS, "pass", `${counted(steps, "step")} done${after}`)] : [];
        const settle = [...codes].map((code) => SETTLED_BY_USER[code]);
        if (settle.every((text) => text !== undefined))
          return [found(CALLS, "inconclusive", commonest(texts), { evidence, settle: settle[0] ?? "" })];
        return [found(CALLS, "fail", `${commonest(texts)}${after}`, { evidence })];
      },
    };
  },
};

function failuresOf({ failures, failureCount }: WriteResult): [text: string, code: string, count: number][] {
  const listed = failures.map(({ call, systemCode }): [string, string, number] => [
    `${call}: ${systemCode}`,
    systemCode,
    1,
  ]);
  const first = failures[0];
  const rest = failureCount - failures.length;
  return first && rest > 0 ? [...listed, [`${first.call}: ${first.systemCode}`, first.systemCode, rest]] : listed;
}

const codeIn = (reason: string): string => /\bE[A-Z]{2,}\b/.exec(reason)?.[0] ?? "";
