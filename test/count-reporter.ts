import { appendFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

/** How many tests ended in which way; a file that could not even be loaded counts as one failure. */
interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/**
 * Prints why each skipped test was skipped, then one line of real counts. With `SEATRIAL_COUNTS` naming a file, the
 * counts are also appended there as `PASSED FAILED SKIPPED`, so that several runs can be added up.
 */
export default class CountReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = countTests(modules);
    counts.failed += unhandledErrors.length;
    for (const line of skippedLines(modules)) console.log(line);
    console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
    const file = process.env["SEATRIAL_COUNTS"];
    if (file) appendFileSync(file, `${counts.passed} ${counts.failed} ${counts.skipped}\n`);
  }
}

function countTests(modules: readonly TestModule[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const module of modules) {
    counts.failed += module.errors().length;
    for (const suite of module.children.allSuites()) counts.failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      const { state } = test.result();
      counts[state === "pending" ? "failed" : state]++;
    }
  }
  return counts;
}

function* skippedLines(modules: readonly TestModule[]): Generator<string> {
  for (const module of modules) {
    for (const test of module.children.allTests("skipped")) {
      yield `skipped: ${module.relativeModuleId} > ${test.fullName}: ${skipReason(test)}`;
    }
  }
}

function skipReason(test: TestCase): string {
  const result = test.result();
  if (result.state === "skipped" && result.note) return result.note;
  for (let at: TestCase | TestSuite | TestModule = test; at.type !== "module"; at = at.parent) {
    const reason = at.meta().skipReason;
    if (reason) return reason;
  }
  return "no reason given";
}
