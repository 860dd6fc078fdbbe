import { expect, test } from "vitest";
import {
  fioRun,
  foldRecord,
  goodRun,
  IntegrityDraft,
  interruptedRun,
  lyingRun,
} from "../../../test/fixtures/integrity-history.ts";
import type { Finding } from "../../core/report.ts";
import { summarise } from "../../engine/summarise.ts";
import { integrityCheckers } from "./checkers/index.ts";
import { headlineOfIntegrity } from "./headline.ts";
import { integrityMetrics, measureIntegrity } from "./measure.ts";

function headline(record: IntegrityDraft, findings: Finding[] = judged(record)): string {
  const unitOf = (metric: string) => integrityMetrics.find(({ id }) => id === metric)?.unit ?? "count";
  const series = foldRecord(record, measureIntegrity);
  return headlineOfIntegrity(
    findings,
    series.map((one) => summarise(one, unitOf(one.metric))),
  );
}

function judged(record: IntegrityDraft): Finding[] {
  return integrityCheckers.flatMap((checker) => foldRecord(record, (context) => checker.begin(context)));
}

test("what was kept is told with what it went through", () => {
  expect(headline(goodRun())).toMatch(
    /^Kept all of the \d+ MiB that it acknowledged, through 2 power cuts and 1 kill; \d+ writes were in flight and could go either way\.$/,
  );
});

test("without a crash nothing is said of any", () => {
  const calm = new IntegrityDraft().prepared().session().wrote(2).readBack();
  expect(headline(calm)).toMatch(/^Kept all of the \d+(\.\d+)? MiB that it acknowledged\.$/);
});

test("what was lost comes first, by kind, with its first place", () => {
  expect(headline(lyingRun())).toMatch(
    /^55 blocks were wrong \(40 zeroed, 15 lost-write\), of 277 MiB acknowledged, through 2 power cuts\. First: lost-write at data file 1, bytes 8388608 to 8437759, .*\)\.$/,
  );
});

test("damage that fio finds has no kind", () => {
  expect(headline(fioRun([[4096, 8192]]))).toMatch(
    /^Broke its word, with 1\.25 GiB acknowledged\. First: what was read/,
  );
});

test("what could not be judged is not called kept", () => {
  expect(headline(interruptedRun())).toBe(
    "Nothing was acknowledged, so nothing can be said. 1 claim could not be judged.",
  );
  expect(headline(new IntegrityDraft().prepared().session().wrote(1))).toMatch(
    /^Acknowledged .* MiB; whether it was kept could not be judged\.$/,
  );
  expect(headline(goodRun(), [])).toMatch(/could not be judged/);
});
