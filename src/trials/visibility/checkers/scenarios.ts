import { formatQuantity } from "../../../core/quantity.ts";
import type { Finding } from "../../../core/report.ts";
import type { Verdict } from "../../../core/verdict.ts";
import type { ScenarioId, ScenarioOp } from "../model.ts";
import { createPromises, type Promises, unpromised } from "../promises.ts";
import type { ScenarioResults } from "../scenario-results.ts";
import type { HeldInterval } from "../tasks/scenarios/exclusion.ts";
import { troubleIn } from "../refusals.ts";
import { type Claim, counted, found } from "../../../core/finding.ts";
import type { VisibilityChecker } from "./oddities.ts";

interface Judgement extends Claim {
  verdict: Verdict;
  detail: string;
  settle?: string;
}

type Judge<Id extends ScenarioId> = (result: ScenarioResults[Id], op: ScenarioOp, promises: Promises) => Judgement[];

/** A claim whose verdict is whether anything was found wrong, and whether enough was done to find it. */
function judged(claim: string, statement: string, wrong: readonly string[], done: string, enough: boolean): Judgement {
  const base = { claim: `visibility.${claim}`, statement };
  if (wrong.length > 0)
    return {
      ...base,
      verdict: "fail",
      detail: `${wrong.slice(0, 4).join("; ")}${wrong.length > 4 ? `; and ${wrong.length - 4} more` : ""} (${done})`,
    };
  if (!enough)
    return {
      ...base,
      verdict: "inconclusive",
      detail: `too little happened: ${done}`,
      settle: "give the scenarios more time: --set scenarioDurationMs=2000",
    };
  return { ...base, verdict: "pass", detail: done };
}

const JUDGES: { [Id in ScenarioId]: Judge<Id> } = {
  ladder: judgeLadder,
  "reads-under-replace": (result) => judgeReads(result, "replace"),
  "reads-under-append": (result) => judgeReads(result, "append"),
  "flock-exclusion": judgeLocks,
  "create-exclusion": judgeCreation,
  "many-files": judgeManyFiles,
  "large-file": ({ sizeBytes, marks, wrong }) => [
    judged(
      "large-file",
      "A file of over 4 GiB has its size and its content on the other side.",
      wrong,
      `${formatQuantity(sizeBytes, "bytes")}, ${marks} marks`,
      marks > 0,
    ),
  ],
  "single-file-mount": judgeSingleFile,
  database: judgeDatabase,
};

/** A reader that looks once: right from the first rung where nothing may be cached, else from the promised lifetime on. */
function judgeLadder({ rungs }: ScenarioResults["ladder"], op: ScenarioOp, promises: Promises): Judgement[] {
  const limitMs = promises.staleLimitMs({ direction: op.direction, state: op.state ?? "never" });
  const halfWidthNs = op.clockHalfWidthNs ?? 0;
  const late = (limit: number) =>
    rungs.filter(({ beginNs, act }) => beginNs - act.returnedNs - halfWidthNs >= limit * 1e6);
  const due = late(limitMs);
  const wrong = due
    .filter(({ answer }) => answer !== "new")
    .map(({ delayMs, answer }) => `${answer} when looked at once after ${delayMs} ms`);
  const right = rungs.filter(({ answer }) => answer === "new").length;
  const done = `${right} of ${rungs.length} single looks were right, at ${rungs.map(({ delayMs }) => delayMs).join(", ")} ms; promised from ${formatQuantity(limitMs, "ms")} on`;
  const shortage = {
    claim: "visibility.ladder",
    statement: LADDER,
    verdict: "inconclusive" as const,
    detail: `no rung is as late as what is promised: ${done}`,
    settle: "a later rung in ladderMs",
  };
  return [wrong.length === 0 && due.length === 0 ? shortage : judged("ladder", LADDER, wrong, done, true)];
}
const LADDER = "A reader that looks only once, as late as the mount's class promises, sees the change.";

function judgeReads(
  { write, read, last }: ScenarioResults["reads-under-replace"],
  family: "replace" | "append",
): Judgement[] {
  const done = `${write.writes} writes, ${read.reads} reads, ${read.advances} of them saw something newer`;
  const enough = write.writes >= 10 && read.advances >= 3;
  const errors = [...Object.entries(read.errors), ...Object.entries(last.errors)].map(
    ([code, count]) => `${code} ${counted(count, "time")}`,
  );
  const lost =
    last.lastSequence < write.lastSequence
      ? [`the last write ${write.lastSequence} was never seen, only ${last.lastSequence}`]
      : [];
  const way = family === "replace" ? "replaced by rename" : "appended to";
  return [
    judged(
      `reads-whole.${family}`,
      `Reads of a file that is being ${way} see whole records only.`,
      [...read.torn, ...last.torn, ...errors],
      done,
      enough,
    ),
    judged(
      `reads-monotonic.${family}`,
      `Reads of a file that is being ${way} never go back, and reach the last write.`,
      [...read.regressions, ...last.regressions, ...lost],
      done,
      enough,
    ),
    judged(
      `reads-own-writes.${family}`,
      `A writer reads back what it has just written.`,
      write.ownUnseen,
      done,
      write.writes >= 10,
    ),
  ];
}

/** Two intervals of different holders that overlap by more than the two clocks together may be off. */
export function overlaps(one: readonly HeldInterval[], other: readonly HeldInterval[], halfWidthNs: number): number {
  let count = 0;
  let at = 0;
  for (const [from, to] of one) {
    while (at < other.length && (other[at]?.[1] ?? 0) <= from) at++;
    for (let i = at; i < other.length && (other[i]?.[0] ?? 0) < to; i++) {
      const [otherFrom, otherTo] = other[i] as HeldInterval;
      if (Math.min(to, otherTo) - Math.max(from, otherFrom) > halfWidthNs) count++;
    }
  }
  return count;
}

function judgeLocks({ held, refused }: ScenarioResults["flock-exclusion"], op: ScenarioOp): Judgement[] {
  const [one, other] = held;
  const halfWidthNs = op.clockHalfWidthNs ?? 0;
  const both = overlaps(one, other, halfWidthNs);
  // Where the clocks may be further apart than a lock is held, or nobody was ever in the way, two holders would not show.
  const longestNs = Math.max(0, ...[...one, ...other].map(([from, to]) => to - from));
  const wouldShow = longestNs > halfWidthNs && refused[0] + refused[1] > 0;
  const wrong = both > 0 ? [`${counted(both, "time")} both sides held the lock at once`] : [];
  const done = `held ${one.length} and ${other.length} times, refused ${refused[0]} and ${refused[1]} times`;
  return [
    judged(
      "exclusion.flock",
      "An exclusive flock is held by one side at a time.",
      wrong,
      done,
      one.length >= 3 && other.length >= 3 && wouldShow,
    ),
  ];
}

function judgeCreation({ names, won, errors }: ScenarioResults["create-exclusion"]): Judgement[] {
  const [one, other] = won.map((list) => new Set(list)) as [Set<string>, Set<string>];
  const both = [...one].filter((name) => other.has(name)).length;
  const nobody = names - one.size - other.size + both;
  const wrong = [
    ...(both > 0 ? [`${counted(both, "name")} made by both sides`] : []),
    ...(nobody > 0 ? [`${counted(nobody, "name")} made by neither side`] : []),
    ...Object.entries(errors).map(([code, count]) => `${code} ${counted(count, "time")}`),
  ];
  const done = `${names} races, won ${one.size} to ${other.size}`;
  return [
    judged(
      "exclusion.create",
      "Of two sides that create one name with O_EXCL just one wins.",
      wrong,
      done,
      one.size > 0 && other.size > 0,
    ),
  ];
}

function judgeManyFiles({ count, made, removed, madeNs, removedNs }: ScenarioResults["many-files"]): Judgement[] {
  const problems = (what: string, { missing, phantom, contradictions }: ScenarioResults["many-files"]["made"]) => [
    ...(missing > 0 ? [`${missing} missing after ${what}`] : []),
    ...(phantom > 0 ? [`${counted(phantom, "phantom")} after ${what}`] : []),
    ...(contradictions.length > 0
      ? [`readdir and stat contradict each other on ${counted(contradictions.length, "name")} after ${what}`]
      : []),
  ];
  const took = (report: ScenarioResults["many-files"]["made"], fromNs: number) =>
    formatQuantity(Math.max(0, (report.completeNs ?? fromNs) - fromNs), "ns");
  const done = `${count} files made, complete after ${took(made, madeNs)}; every second one removed, complete after ${took(removed, removedNs)}`;
  const wrong = [...problems("making", made), ...problems("removing", removed)];
  return [
    judged(
      "many-files",
      "Of many files none is missing and none is a phantom, by listing and by stat.",
      wrong,
      done,
      true,
    ),
  ];
}

function judgeSingleFile({ editSeenMs, editLast, replaceSeenMs }: ScenarioResults["single-file-mount"]): Judgement[] {
  const wrong =
    editSeenMs === null
      ? [`an edit in place was not seen; the container read ${JSON.stringify(editLast.slice(0, 60))}`]
      : [];
  const replaced =
    replaceSeenMs === null
      ? "a replace by rename was not seen: the mount keeps the old file, as every bind mount of a single file does"
      : `a replace by rename was seen after ${formatQuantity(replaceSeenMs, "ms")}`;
  const done = `edit in place seen after ${formatQuantity(editSeenMs ?? 0, "ms")}; ${replaced}`;
  return [judged("single-file", "An edit in place of a file that is mounted by itself is seen.", wrong, done, true)];
}

function judgeDatabase({ reports }: ScenarioResults["database"], op: ScenarioOp, promises: Promises): Judgement[] {
  const [one, other] = reports;
  const wrong = reports.flatMap(({ problems }) => problems);
  const done = `${one.commits} and ${other.commits} commits, ${one.takeovers + other.takeovers} take-overs`;
  const enough = one.takeovers + other.takeovers >= 3;
  const statement = "A write-ahead log with a shared-memory index stays consistent between both sides.";
  const reason = unpromised({ observer: "mmap", direction: op.direction }, promises);
  if (reason && wrong.length > 0) {
    const detail = `does not hold: ${wrong.slice(0, 2).join("; ")} (${done}); not judged: ${reason}`;
    return [{ claim: "visibility.database", statement, verdict: "skipped", detail }];
  }
  return [judged("database", statement, wrong, done, enough)];
}

/** They look until all is right or the time is over. */
const WAITING: readonly ScenarioId[] = ["many-files", "large-file", "single-file-mount"];

/** What was not right in the time that the reader had may be so in the time that the mount's class has. */
function excused(judgement: Judgement, op: ScenarioOp, promises: Promises, timeoutMs: number): Judgement {
  const limitMs = promises.staleLimitMs({ direction: op.direction, state: "polling" });
  if (judgement.verdict !== "fail" || !WAITING.includes(op.scenario) || limitMs <= timeoutMs) return judgement;
  const promised = formatQuantity(limitMs, "ms");
  return {
    ...judgement,
    verdict: "inconclusive",
    detail: `${judgement.detail}; promised within ${promised}`,
    settle: `a --timeout of more than ${promised}`,
  };
}

const REFUSED: Claim = { claim: "visibility.scenario", statement: "Every scenario of the plan could be run." };

/** Judges each scenario by the rules of its own; one that was refused or is missing is told. */
export const scenarioChecker: VisibilityChecker = {
  id: "visibility.scenarios",
  claims: [
    "visibility.ladder",
    ...["replace", "append"].flatMap((family) => [
      `visibility.reads-whole.${family}`,
      `visibility.reads-monotonic.${family}`,
      `visibility.reads-own-writes.${family}`,
    ]),
    "visibility.exclusion.flock",
    "visibility.exclusion.create",
    "visibility.many-files",
    "visibility.large-file",
    "visibility.single-file",
    "visibility.database",
    REFUSED.claim,
  ],
  begin: ({ plan, options }) => {
    const promises = createPromises(options);
    const findings: Finding[] = [];
    let ended = 0;
    return {
      see: (event) => {
        promises.see(event);
        if (event.kind !== "ok" && event.kind !== "fail" && event.kind !== "unknown") return;
        const { op } = event;
        if (op.type !== "scenario") return;
        ended++;
        const scope = {
          direction: op.direction,
          ...(op.operation ? { operation: op.operation } : {}),
          ...(op.state ? { state: op.state } : {}),
        };
        const evidence = { events: [event.index], eventCount: 1 };
        if (event.kind === "ok") {
          const judge = JUDGES[op.scenario] as (result: unknown, op: ScenarioOp, promises: Promises) => Judgement[];
          for (const judgement of judge(op.result, op, promises)) {
            const { verdict, detail, settle } = excused(judgement, op, promises, options.timeoutMs);
            findings.push(found(judgement, verdict, detail, { scope, evidence, ...(settle ? { settle } : {}) }));
          }
        } else if (event.kind === "unknown" || troubleIn(event.reason ?? "") === "unsupported") {
          const verdict = event.kind === "fail" ? "skipped" : "inconclusive";
          findings.push(found(REFUSED, verdict, `${op.scenario}: ${event.reason ?? "unknown"}`, { scope, evidence }));
        }
      },
      finish: () => {
        const missing = plan.steps.scenarios.length - ended;
        if (missing > 0)
          findings.push(
            found(REFUSED, "inconclusive", `${missing} of ${plan.steps.scenarios.length} scenarios were not run`),
          );
        return findings;
      },
    };
  },
};
