import { test } from "vitest";
import fs from "node:fs";
import { volumeCases } from "../../../src/trials/volume/cases/index.ts";
import { broken, tryCase, trySubject } from "../../fixtures/volume-lab.ts";
import { createSystemClock } from "../../../src/core/clock.ts";
import { servedSubject } from "../../../src/trials/volume/subjects/host/served-subject.ts";

test("scratch", async () => {
  const command = process.env["SERVE"];
  const workdir = fs.mkdtempSync("/tmp/c1-serve-");
  await using subject = command
    ? await servedSubject({ command, workdir, clock: createSystemClock(), deadlineMs: 25_000, options: JSON.parse(process.env["OPTIONS"] ?? "{}") })
    : await trySubject(process.env["DEFECT"] ? { defect: process.env["DEFECT"] } : {});
  const scale = JSON.parse(process.env["SCALE"] ?? "{}");
  const which = new RegExp(process.env["CASES"] ?? "^[PCNS]");
  for (let round = 0; round < Number(process.env["TIMES"] ?? 1); round++) {
    for (const one of volumeCases.filter(({ id }) => which.test(id))) {
      const started = performance.now();
      try {
        const result = await tryCase(one, subject, { scale, seed: `x${round}`, limitMs: 200_000, deadlineMs: command ? 25_000 : 5000 });
        const lines = broken(result);
        const after = result.observations.filter((o) => o.startsWith("afterwards"));
        if (process.env["QUIET"] && lines.length === 0 && after.length === 0) continue;
        console.log("round", round, one.id, Math.round(performance.now() - started), "ms", result.exchangeCount, "calls", result.skipped ? "SKIP " + result.skipped : "", [...result.observations.map((o) => "  o: " + o), ...lines.map((b) => "  BROKEN: " + b.slice(0, 600))].map((x) => "\n" + x).join(""));
      } catch (error) {
        console.log("round", round, one.id, "ERROR", error);
      }
    }
    console.log("round", round, "done");
  }
}, 3_000_000);
