import { expect, test } from "vitest";
import { cellOf, draftHistory, type SampleDraft, vainLooks } from "../../../test/fixtures/visibility-history.ts";
import type { Completed } from "../../core/history.ts";
import { createAbandonment } from "./abandonment.ts";
import type { Cell, VisibilityOp } from "./model.ts";

/** How a sample ended. */
function ended(draft: SampleDraft): Completed<VisibilityOp> {
  const history = draftHistory();
  history.sample(draft);
  const event = history.events.at(-1);
  if (event?.kind !== "ok") throw new Error("a drafted sample ends well");
  return { kind: "ok", op: event.op, startedNs: 0, endedNs: 0 };
}

const cell = cellOf();
const watching = (operation: Cell["operation"]) => cellOf({ operation, state: "watching", observer: "inotify" });
const vain = ended({ looks: vainLooks() });

test("a cell that never saw anything is given up after two samples, others are not", () => {
  const abandonment = createAbandonment();
  expect(abandonment.consider(cell, vain)).toBeUndefined();
  expect(abandonment.has(cell)).toBe(false);
  expect(abandonment.consider(cell, vain)).toBe("never seen");
  expect(abandonment.has(cell)).toBe(true);
  expect(abandonment.has(cellOf({ state: "never" }))).toBe(false);
});

test("one that was seen once is never given up", () => {
  const abandonment = createAbandonment();
  abandonment.consider(cell, ended({}));
  for (let count = 0; count < 5; count++) expect(abandonment.consider(cell, vain)).toBeUndefined();
  expect(abandonment.has(cell)).toBe(false);
});

test("one whose state before is never seen is given up like one that never changes", () => {
  const abandonment = createAbandonment();
  const reasons = [1, 2].map(() => abandonment.consider(cell, ended({ unarmed: true })));
  expect(reasons).toEqual([undefined, "never seen"]);
});

test("what the mount refuses is given up at once, with the reason; an unknown end says nothing", () => {
  const abandonment = createAbandonment();
  const broken = (kind: "fail" | "unknown"): Completed<VisibilityOp> => ({ ...vain, kind, reason: "ENOTSUP" });
  expect(abandonment.consider(cell, broken("unknown"))).toBeUndefined();
  expect(abandonment.consider(cell, broken("fail"))).toBe("ENOTSUP");
  expect(abandonment.has(cell)).toBe(true);
});

test("a writer that came too late is no reason", () => {
  const abandonment = createAbandonment();
  const late = ended({
    looks: [
      ["old", -90, -89],
      ["old", 9, 10],
    ],
    armedMs: -90,
  });
  for (let count = 0; count < 5; count++) abandonment.consider(cell, late);
  expect(abandonment.has(cell)).toBe(false);
});

test("three silent watches speak for all of their direction, until one hears something", () => {
  const silent = ended({ cell: watching("create"), events: [], endedMs: 2000 });
  const abandonment = createAbandonment();
  for (const operation of ["create", "mkdir", "unlink"] as const) abandonment.consider(watching(operation), silent);
  expect(abandonment.has(watching("chmod"))).toBe(true);
  expect(abandonment.has({ ...watching("chmod"), direction: "container-to-host" })).toBe(false);
  expect(abandonment.has(cellOf({ operation: "chmod" }))).toBe(false);

  const heard = createAbandonment();
  heard.consider(watching("create"), ended({ cell: watching("create"), events: [{ kind: "CREATE", atMs: 1 }] }));
  for (const operation of ["mkdir", "unlink", "rename"] as const) heard.consider(watching(operation), silent);
  expect(heard.has(watching("chmod"))).toBe(false);
});
