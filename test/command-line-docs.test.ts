import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { lazyActions, offerOf } from "../src/cli/cli.ts";
import { defineProgram } from "../src/cli/program.ts";
import { readLoopConfig } from "../src/cli/integrity-loop/config-file.ts";
import { loopJsonSchema, planJsonSchema } from "../src/cli/settings/json-schema.ts";
import { resolveRun } from "../src/cli/settings/resolve.ts";
import { docker } from "../src/runtimes/docker/index.ts";
import { embedded } from "../src/runtimes/embedded/index.ts";
import { trials } from "../src/trials/index.ts";
import { createLoopMetrics } from "../src/trials/integrity/loop/metrics.ts";
import { loopConfigFile } from "../src/trials/integrity/loop/config.ts";
import { renderCliPage } from "./reference/cli-page.ts";

const program = () =>
  defineProgram("0.0.0", lazyActions({ within: async () => {}, alone: async () => {} }), offerOf({ trials }));

const validatorOf = (schema: object) =>
  new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true }).compile(schema);
const validatePlan = () => validatorOf(planJsonSchema(trials));

describe("the command line's page", () => {
  test("says what the commands say", async () => {
    await expect(renderCliPage(program())).toMatchFileSnapshot("../docs/reference/cli.md");
  });

  test("every flag that the README names is one", () => {
    const known = program()
      .commands.flatMap((command) => [command, ...command.commands])
      .flatMap(({ options }) => options.map(({ long }) => long))
      .concat("--help", "--version");
    // The last section speaks of another tool's flags.
    const [ours = ""] = readFileSync("README.md", "utf8").split("## Coming from");
    const named = [...ours.matchAll(/`[^`\n]*?(--[a-z][a-z-]+)/g)].map(([, flag]) => flag);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((flag) => !known.includes(flag))).toEqual([]);
  });
});

describe("the schema of a plan", () => {
  test("is published as it is", async () => {
    await expect(`${JSON.stringify(planJsonSchema(trials), null, 2)}\n`).toMatchFileSnapshot(
      "../schemas/plan.schema.json",
    );
  });

  test.each<[plan: object, accepted: boolean]>([
    [{}, true],
    [{ trials: { visibility: null } }, true],
    [{ trials: { visibility: { samples: 5, timeoutMs: "30s", limits: { "create.p99": "10ms" } } } }, true],
    [{ trials: { visibility: { samples: 0 } } }, false],
    [{ trials: { visibility: { timeoutMs: "soon" } } }, false],
    [{ trials: { visibility: { sampels: 5 } } }, false],
    [{ trials: { nothing: {} } }, false],
    [{ runtme: "docker" }, false],
  ])("%j accepted by another validator: %s", (plan, accepted) => {
    expect(validatePlan()(plan)).toBe(accepted);
  });
});

describe("the schema of the integrity loop's configuration", () => {
  test("is published as it is", async () => {
    await expect(`${JSON.stringify(loopJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      "../schemas/integrity-loop.schema.json",
    );
  });

  test.each<[config: object, accepted: boolean]>([
    [{}, true],
    [{ io_file_size: "5Gi", iteration_sleep: "5", io_crash_on_wal_detection: "True" }, true],
    [{ io_file_size: "5 gigs" }, false],
    [{ io_wite_step: 3 }, false],
    [{ io_file: "file1" }, false],
  ])("%j accepted by another validator: %s", (config, accepted) => {
    expect(validatorOf(loopJsonSchema())(config)).toBe(accepted);
    expect(loopConfigFile.safeParse(config).success).toBe(accepted);
  });

  test("is told in the guide: every key, every event, every metric", () => {
    const guide = readFileSync("docs/guides/integrity-loop.md", "utf8");
    const keys = Object.keys(loopConfigFile.shape).filter((key) => key !== "$schema");
    const sources = readdirSync("src/trials/integrity/loop").filter((name) => !name.endsWith(".test.ts"));
    const code = sources.map((name) => readFileSync(`src/trials/integrity/loop/${name}`, "utf8")).join("\n");
    const events = [...code.matchAll(/(?:log|warnOnce)\((?:"(?:info|warn|error)", )?"([a-z-]+)"/g)].map(
      ([, event = ""]) => event,
    );
    const metrics = [
      ...createLoopMetrics()
        .render()
        .matchAll(/# HELP seatrial_integrity_(\w+)/g),
    ].map(([, name = ""]) => name);
    expect(events.length).toBeGreaterThan(15);
    expect(metrics.length).toBeGreaterThan(10);
    expect([...keys, ...events, ...metrics].filter((word) => !guide.includes(word))).toEqual([]);
  });

  test("has the example", () => {
    const file = "examples/integrity-loop.json";
    const validate = validatorOf(loopJsonSchema());
    expect(validate(JSON.parse(readFileSync(file, "utf8"))), JSON.stringify(validate.errors)).toBe(true);
    expect(readLoopConfig(file, { env: {} }).warnings).toEqual([]);
  });
});

describe("examples", () => {
  const composition = { trials, runtimes: [docker, embedded] };

  test.each(readdirSync("examples").filter((name) => name.endsWith(".yaml")))("%s is a plan", (name) => {
    const file = `examples/${name}`;
    const validate = validatePlan();
    expect(validate(parse(readFileSync(file, "utf8"))), JSON.stringify(validate.errors)).toBe(true);
    const settings = resolveRun({ words: [], flags: { color: true, plan: file }, env: {}, composition });
    expect(settings.trials.length).toBeGreaterThan(0);
  });
});
