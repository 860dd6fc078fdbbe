import fs from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Runtime } from "../../../src/core/runtime.ts";
import { createEmbeddedRuntime } from "../../../src/runtimes/embedded/index.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { failures, trialOf } from "../../fixtures/trial-lab.ts";
import { cellSummary, runVisibilityTrial } from "../../fixtures/visibility-lab.ts";
import { requires } from "../../requires.ts";
import { builtAgent } from "../agent-bundle.ts";

const FEW = { environments: 1, samples: 5, operations: ["create", "append"], scenarios: [], timeoutMs: 2000 };

function embedded(folder: string, settings: { native?: boolean; monotonicOffsetSeconds?: number } = {}): Runtime {
  const { nativePath, ...agent } = builtAgent();
  const withNative = settings.native !== false && nativePath !== undefined;
  return createEmbeddedRuntime({
    agent: withNative ? { ...agent, nativePath } : agent,
    env: process.env,
    stateDir: path.join(folder, "state"),
    ...(settings.monotonicOffsetSeconds === undefined
      ? {}
      : { monotonicOffsetSeconds: settings.monotonicOffsetSeconds }),
  });
}

/** An engine on another machine: it takes the path, finds a directory of its own there, and says nothing. */
function elsewhere(runtime: Runtime, empty: string): Runtime {
  return {
    ...runtime,
    open: (spec, context) => {
      const containers = spec.containers.map((container) => ({
        ...container,
        binds: container.binds.map((bind) => (bind.make === "file" ? bind : { ...bind, source: empty })),
      }));
      return runtime.open({ ...spec, containers }, context);
    },
  };
}

requires("embedded")("a container that is not quite here", () => {
  test("with another clock: the offset is bounded, brackets are widened by it, nothing is wrongly late", async () => {
    const folder = temporaryFolder();
    const runtime = embedded(folder, { monotonicOffsetSeconds: 5 });
    const trial = trialOf(await runVisibilityTrial({ folder, runtime, options: FEW }));
    const clocks = trial.facts.find(({ title }) => title === "Clocks")?.facts ?? [];
    expect(clocks.find(([side]) => side === "host")?.[1]).toContain("same kernel");
    expect(clocks.find(([side]) => side === "env-0/main")?.[1]).toMatch(
      /another clock, offset between -?[\d.]+ m?s and -?[\d.]+ m?s/,
    );
    const { p50 } = cellSummary(trial, {
      operation: "create",
      direction: "host-to-container",
      state: "polling",
      observer: "stat",
    });
    expect(p50.value).toBeGreaterThan(0);
    expect(p50.value).toBeLessThan(50);
    expect(failures(trial), trial.headline).toEqual([]);
  });

  test("with an engine elsewhere: the directory is shown not to be the one of this machine", async () => {
    const folder = temporaryFolder();
    const empty = path.join(folder, "empty");
    fs.mkdirSync(empty);
    const { report } = await runVisibilityTrial({
      folder,
      runtime: elsewhere(embedded(folder), empty),
      options: { ...FEW, timeoutMs: 100 },
    });
    expect(report.verdict).toBe("errored");
    expect(report.trials[0]?.reason).toMatch(/VISIBILITY_NOT_SHARED.*was not to be read/s);
  });

  test("without foreign functions: their cells are skipped with the reason, the others are measured", async () => {
    const folder = temporaryFolder();
    const options = { ...FEW, operations: ["create", "mmap-store", "xattr"], scenarios: ["flock-exclusion"] };
    const trial = trialOf(await runVisibilityTrial({ folder, runtime: embedded(folder, { native: false }), options }));
    const skipped = trial.findings.filter(({ verdict }) => verdict === "skipped");
    expect(skipped.map(({ detail }) => detail).join("\n")).toMatch(/foreign functions cannot be called here: .*koffi/);
    expect(skipped.some(({ scope }) => scope["operation"] === "xattr")).toBe(true);
    expect(skipped.some(({ detail }) => detail.startsWith("flock-exclusion"))).toBe(true);
    expect(cellSummary(trial, { operation: "create", observer: "stat" }).count).toBeGreaterThan(0);
    expect(failures(trial)).toEqual([]);
  });
});
