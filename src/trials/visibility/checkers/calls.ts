import { isFloor } from "../plan.ts";
import { createPromises } from "../promises.ts";
import { troubleIn } from "../refusals.ts";
import {
  type Claim,
  commonest,
  createEvidenceList,
  type EvidenceList,
  found,
  getOrMake,
} from "../../../core/finding.ts";
import type { VisibilityChecker } from "./oddities.ts";

const CALLS: Claim = {
  claim: "visibility.calls",
  statement: "No call of a change or of a scenario failed by an error of the file system.",
};

interface Failed {
  scope: Record<string, string>;
  texts: Map<string, number>;
  evidence: EvidenceList;
}

/** System errors that a mount that offers the operation must not give: EIO, ESTALE, a name that has gone. */
export const callsChecker: VisibilityChecker = {
  id: "visibility.calls",
  claims: [CALLS.claim],
  begin: ({ options }) => {
    const promises = createPromises(options);
    const groups = new Map<string, Failed>();
    let ended = 0;
    return {
      see: (event) => {
        promises.see(event);
        if (event.kind !== "ok" && event.kind !== "fail") return;
        const { op } = event;
        if (op.type === "sample" && isFloor(op.cell.direction)) return;
        if (event.kind === "ok") ended++;
        const reason = event.reason ?? "";
        if (event.kind === "ok" || troubleIn(reason) !== "broken") return;
        const scope: Record<string, string> =
          op.type === "sample"
            ? { direction: op.cell.direction, operation: op.cell.operation, observer: op.cell.observer }
            : { direction: op.direction, scenario: op.scenario };
        const make = (): Failed => ({ scope, texts: new Map(), evidence: createEvidenceList() });
        const group = getOrMake(groups, Object.values(scope).join(" "), make);
        group.texts.set(reason, (group.texts.get(reason) ?? 0) + 1);
        group.evidence.add(event.index);
      },
      finish: () => {
        if (promises.isForeign()) return [];
        if (groups.size === 0) return ended > 0 ? [found(CALLS, "pass", `${ended} operations ended well`)] : [];
        return [...groups.values()].map(({ scope, texts, evidence }) =>
          found(CALLS, "fail", commonest(texts), { scope, evidence }),
        );
      },
    };
  },
};
