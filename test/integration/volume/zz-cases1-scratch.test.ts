import { test } from "vitest";
import { volumeCases } from "../../../src/trials/volume/cases/index.ts";
import { broken, tryCase, trySubject } from "../../fixtures/volume-lab.ts";

test("scratch", async () => {
  await using subject = await trySubject(process.env["DEFECT"] ? { defect: process.env["DEFECT"] } : {});
  const scale = JSON.parse(process.env["SCALE"] ?? "{}");
  const which = new RegExp(process.env["CASES"] ?? "^[PCNS]");
  for (const one of volumeCases.filter(({ id }) => which.test(id))) {
    const started = performance.now();
    try {
      const result = await tryCase(one, subject, { scale, seed: process.env["SEED"] ?? "x", limitMs: 200_000, deadlineMs: 5000 });
      console.log(one.id, Math.round(performance.now() - started), "ms", result.checks.reduce((s, c) => s + (c.times ?? 1), 0), "checks", result.exchangeCount, "calls", result.skipped ? "SKIP " + result.skipped : "", [...result.observations.map((o) => "  o: " + o), ...broken(result).map((b) => "  BROKEN: " + b)].map((x) => "\n" + x).join(""));
    } catch (error) {
      console.log(one.id, "ERROR", error);
    }
  }
}, 600_000);
