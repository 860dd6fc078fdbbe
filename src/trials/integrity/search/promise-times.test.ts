import { expect, test } from "vitest";
import { IntegrityHistory } from "../../../../test/fixtures/integrity-events.ts";
import { SessionLog } from "../oracle/session-log.ts";
import { PromiseTimes } from "./promise-times.ts";

const history = new IntegrityHistory()
  .session()
  .wrote(0, 8, { synced: 4 })
  .wrote(8, 12, { doomed: [[9, 10]] })
  .crashed(12, 16)
  .verified([], { settled: [[1, 0, 1]] })
  .session()
  .wrote(16, 20);
const { events, plan } = history;
const { workload } = plan.steps;
const times = new PromiseTimes(workload, events);

test("before any time, what had been told by then is promised, and no more", () => {
  expect(events.length).toBeGreaterThan(9);
  for (const { timeNs } of [...events, { timeNs: Infinity }]) {
    const log = new SessionLog(workload);
    for (const event of events) if (event.timeNs < timeNs) log.see(event);
    expect(times.before(timeNs)).toEqual(log.promised());
  }
  expect(times.before(Infinity).sessions).toHaveLength(2);
});

test("tells when promises were made, and since when there are any", () => {
  const ends = events.filter(({ kind }) => kind === "ok").map(({ timeNs }) => timeNs);
  expect(times.acknowledgedNs).toEqual(ends);
  expect(times.beganNs).toBe(events[0]?.timeNs);
  expect(new PromiseTimes(workload, [])).toMatchObject({ acknowledgedNs: [], beganNs: Infinity });
});
