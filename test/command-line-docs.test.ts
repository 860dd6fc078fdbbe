import { readdirSync, readFileSync } from "node:fs";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { lazyActions, offerOf } from "../src/cli/cli.ts";
import { defineProgram } from "../src/cli/program.ts";
import { planJsonSchema } from "../src/cli/settings/json-schema.ts";
import { resolveRun } from "../src/cli/settings/resolve.ts";
import { docker } from "../src/runtimes/docker/index.ts";
import { embedded } from "../src/runtimes/embedded/index.ts";
import { trials } from "../src/trials/index.ts";
import { renderCliPage } from "./reference/cli-page.ts";

const program = () =>
  defineProgram(
    "0.0.0",
    lazyActions(async () => {}),
    offerOf({ trials }),
  );

const validatePlan = () =>
  new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true }).compile(planJsonSchema(trials));

describe("the command line's page", () => {
  test("says what the commands say", async () => {
    await expect(renderCliPage(program())).toMatchFileSnapshot("../docs/reference/cli.md");
  });

  test("every flag that the README names is one", () => {
    const known = program()
      .commands.flatMap(({ options }) => options.map(({ long }) => long))
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
