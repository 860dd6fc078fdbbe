import { counted, commonest, createEvidenceList, found } from "../../../core/finding.ts";
import type { HistoryEvent } from "../../../core/history.ts";
import type { Finding } from "../../../core/report.ts";
import type { IntegrityOp, WriteResult } from "../model.ts";
import { CALLS, type IntegrityChecker } from "./claims.ts";

const POWER_CUT = "power-cut";
/** Faults that make calls fail: to be told of the failure is then what is wanted. */
const REFUSING = new Set([
  "write-error",
  "flush-error",
  "read-error",
  "full-disk",
  "file-system-shutdown",
  "read-only",
  POWER_CUT,
]);
/** They speak of room and rights, which are the user's to give. */
const SETTLED_BY_USER: Readonly<Record<string, string>> = {
  ENOSPC: "Give the storage more room, or a smaller --size.",
  EDQUOT: "Raise the quota, or give a smaller --size.",
  EROFS: "Mount the storage for writing.",
  EACCES: "Let the container's user write there.",
  EPERM: "Let the container's user write there.",
};

/** Failures that may turn out to be an injection's: what it does to a call may be told before it is. */
const KEPT_FAILURES = 1000;

/** One call that failed, or several alike. */
interface Failure {
  text: string;
  code: string;
  count: number;
  index: number;
  timeNs: number;
}

/** Calls that the storage refused although nothing was made to refuse them. */
export const callsChecker: IntegrityChecker = {
  id: "integrity.calls",
  claims: [CALLS.claim],
  begin: () => {
    const refusal = createRefusal();
    const texts = new Map<string, number>();
    const codes = new Set<string>();
    const evidence = createEvidenceList();
    const failures: Failure[] = [];
    let steps = 0;
    let explained = 0;
    const count = ({ text, code, index, count: calls }: Failure) => {
      texts.set(text, (texts.get(text) ?? 0) + calls);
      codes.add(code);
      evidence.add(index);
    };
    const note = (failure: Failure) => {
      failures.push(failure);
      if (failures.length > KEPT_FAILURES) for (const old of failures.splice(0, 1)) count(old);
    };
    const excuse = (sinceNs: number) => {
      while ((failures.at(-1)?.timeNs ?? -Infinity) >= sinceNs) explained += failures.pop()?.count ?? 0;
    };
    return {
      see: (event) => {
        refusal.see(event, excuse);
        const { index, timeNs } = event;
        const { reason: text = "refused" } = event.kind === "fail" ? event : {};
        if (event.kind === "fail") note({ text, code: codeIn(text), count: 1, index, timeNs });
        if (event.kind !== "ok" || event.op.type !== "write" || !event.op.result) return;
        const { result } = event.op;
        steps += result.reached - event.op.from;
        if (refusal.lasts()) explained += result.failureCount;
        else for (const failure of failuresOf(result)) note({ ...failure, index, timeNs });
      },
      finish: (): Finding[] => {
        for (const failure of failures) count(failure);
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

/**
 * Whether calls are refused by our own doing: while a fault lasts, and after it, since a file system that has met an
 * error may stay read-only, until a power cut is over and it is mounted anew.
 */
function createRefusal() {
  const lasting = new Set<string>();
  let hasMetError = false;
  return {
    lasts: () => hasMetError || lasting.size > 0,
    /** `excuse`: for what ended since then, before the injection had been told. */
    see: (event: HistoryEvent<IntegrityOp>, excuse: (sinceNs: number) => void) => {
      if (event.kind === "fault-injected" && REFUSING.has(event.fault.kind)) {
        lasting.add(event.fault.id);
        if (event.fault.kind !== POWER_CUT) hasMetError = true;
        excuse(event.begunNs ?? event.timeNs);
      }
      if (event.kind !== "fault-healed") return;
      lasting.delete(event.fault.id);
      if (event.fault.kind === POWER_CUT) hasMetError = false;
    },
  };
}

function failuresOf({ failures, failureCount }: WriteResult): Pick<Failure, "text" | "code" | "count">[] {
  const listed = failures.map(({ call, systemCode: code }) => ({ text: `${call}: ${code}`, code, count: 1 }));
  const [first] = listed;
  const rest = failureCount - failures.length;
  return first && rest > 0 ? [...listed, { ...first, count: rest }] : listed;
}

const codeIn = (reason: string): string => /\bE[A-Z]{2,}\b/.exec(reason)?.[0] ?? "";
