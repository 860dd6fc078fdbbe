import { commonest, counted, createEvidenceList, found } from "../../../core/finding.ts";
import type { Finding } from "../../../core/report.ts";
import { judgeFio } from "../fio/judge.ts";
import { FIO_MODES } from "../fio/modes.ts";
import { FIO_READ_BACK, FIO_WRITES, type IntegrityChecker } from "./claims.ts";

/** What fio says of what it wrote, by all the ways in which it says it. */
export const fioChecker: IntegrityChecker = {
  id: "integrity.fio",
  claims: [FIO_READ_BACK.claim, FIO_WRITES.claim],
  begin: ({ options }) => {
    const outcomes = {
      verify: {
        good: 0,
        bad: new Map<string, number>(),
        unknown: new Map<string, number>(),
        evidence: createEvidenceList(),
      },
      write: {
        good: 0,
        bad: new Map<string, number>(),
        unknown: new Map<string, number>(),
        evidence: createEvidenceList(),
      },
    };
    return {
      see: (event) => {
        if (event.kind !== "ok" && event.kind !== "fail") return;
        if (event.op.type !== "fio") return;
        const outcome = outcomes[event.op.job];
        const { verdict, findings } = event.op.result
          ? judgeFio(event.op.result)
          : { verdict: "unknown" as const, findings: [{ text: event.reason ?? "it did not run" }] };
        if (verdict === "good") {
          outcome.good++;
          return;
        }
        for (const { text } of findings) outcome[verdict].set(text, (outcome[verdict].get(text) ?? 0) + 1);
        outcome.evidence.add(event.index);
      },
      finish: (): Finding[] => {
        if (options.engine !== "fio") return [];
        const blind = FIO_MODES[options.fioMode].unseen.join(", ") || "nothing that was tried";
        return (
          [
            ["verify", FIO_READ_BACK],
            ["write", FIO_WRITES],
          ] as const
        ).map(([job, claim]) => {
          const { good, bad, unknown, evidence } = outcomes[job];
          const cannot = job === "verify" ? `; this mode cannot see: ${blind}` : "";
          if (bad.size > 0) return found(claim, "fail", `${commonest(bad)}${cannot}`, { evidence });
          if (unknown.size > 0)
            return found(claim, "inconclusive", commonest(unknown), { evidence, settle: "Let fio come to its end." });
          if (good === 0)
            return found(claim, "inconclusive", `no ${job} job came to its end`, {
              settle: "Give it more time: --duration.",
            });
          return found(claim, "pass", `${counted(good, `${job} job`)} came to a good end${cannot}`);
        });
      },
    };
  },
};
