import { describe, expect, test } from "vitest";
import { importCircles } from "./tidy/circles.ts";
import { layerViolations } from "./tidy/layers.ts";
import * as rules from "./tidy/rules.ts";
import { parse, readTree, type Rule, type SourceFile } from "./tidy/source.ts";

const CODE_RULES: Rule[] = [
  layerViolations,
  rules.fileLength,
  rules.functionLength,
  rules.bannedCalls,
  rules.vendorWords,
  rules.undocumentedExports,
  rules.emptyNames,
  rules.leftovers,
];

function complaints(files: readonly SourceFile[], applied: readonly Rule[]): string[] {
  return files
    .map(parse)
    .flatMap((file) => applied.flatMap((rule) => rule(file)))
    .map(({ path, line, message }) => `${path}:${line}: ${message}`);
}

function planted(path: string, text: string): string[] {
  return complaints([{ path, text }], [...CODE_RULES, rules.machinePaths]);
}

const LONG_BODY = "  work();\n".repeat(80);

describe("the house is tidy", () => {
  const code = readTree(".", [".ts"]).filter(({ path }) => /^(src|test|bench|examples|scripts)\//.test(path));

  test("code", () => {
    expect(code.length).toBeGreaterThan(10);
    expect(complaints(code, CODE_RULES)).toEqual([]);
  });

  test("no files import each other in a ring", () => {
    expect(importCircles(code.map(parse))).toEqual([]);
  });

  test("no file knows the machine it was written on", () => {
    const files = readTree(".", [".ts", ".md", ".json", ".yml", ".yaml", "run", "lab"]);
    const others = files.filter(({ path }) => !/^test\/tidy(\/|\.test)/.test(path));
    expect(complaints(others, [rules.machinePaths])).toEqual([]);
  });
});

describe("a planted violation is found", () => {
  test.each<[what: string, path: string, text: string, complaint: string]>([
    ["core imports the engine", "src/core/x.ts", 'import { a } from "../engine/a.ts";', "may not import"],
    ["core does I/O", "src/core/x.ts", 'import { readFileSync } from "node:fs";', "may not import node:fs"],
    ["a type import counts", "src/store/x.ts", 'import type { A } from "../trials/visibility/a.ts";', "may not import"],
    ["an inline type import counts", "src/store/x.ts", 'type A = import("../engine/a.ts").A;', "may not import"],
    ["a lazy import counts", "src/engine/x.ts", 'const a = await import("../cli/a.ts");', "may not import"],
    ["a re-export counts", "src/faults/x.ts", 'export { a } from "../engine/a.ts";', "may not import"],
    ["one runtime, another", "src/runtimes/embedded/x.ts", 'import "../docker/a.ts";', "may not import"],
    ["one trial, another", "src/trials/mesh/x.ts", 'import "../visibility/plan.ts";', "may not import"],
    ["agent but main, a trial", "src/agent/serve.ts", 'import "../trials/mesh/tasks/a.ts";', "may not import"],
    ["a client library elsewhere", "src/engine/x.ts", 'import D from "commander";', "may not import commander"],
    ["report reaches past the reader", "src/report/x.ts", 'import "../store/writer.ts";', "may not import"],
    ["a file without a layer", "src/plugins/x.ts", "", "no layer"],
    ["an over-long function", "src/core/x.ts", `function f() {\n${LONG_BODY}}`, "a function of 82 lines"],
    ["an over-long method", "src/core/x.ts", `class A {\n m() {\n${LONG_BODY}}\n}`, "a function of 82 lines"],
    ["an over-long arrow", "src/core/x.ts", `const f = () => {\n${LONG_BODY}};`, "a function of 82 lines"],
    ["an over-long file", "src/core/x.ts", "work();\n".repeat(401), "401 lines"],
    ["a vendor's word", "src/engine/x.ts", "const host = dockerHost;", "belongs in src/runtimes/docker/"],
    ["another vendor's word", "src/runtimes/docker/x.ts", "// like Kubernetes", "belongs in src/runtimes/kubernetes/"],
    ["the process", "src/engine/x.ts", 'process.on("SIGINT", stop);', "uses process.on"],
    ["the environment", "src/runtimes/docker/x.ts", "const home = process.env.HOME;", "uses process.env"],
    ["the console", "src/engine/x.ts", "console.log(1);", "uses console.log"],
    ["dice", "src/cli/x.ts", "const n = Math.random();", "uses Math.random"],
    ["a wall clock", "src/core/x.ts", "const t = Date.now();", "uses Date.now"],
    ["any", "src/core/x.ts", "let a: any;", "uses any"],
    ["a promise", "src/core/x.ts", ["//", "TO".concat("DO")].join(" "), "an unkept promise"],
    ["a banner", "src/core/x.ts", "// ------ part two ------", "a banner"],
    ["an undocumented export", "src/core/x.ts", "export function f() {}", "without a sentence"],
    ["an empty name", "src/core/utils.ts", "", "does not say"],
    ["a machine's path", "docs/x.md", ["see ", "home", "someone"].join("/"), "one machine"],
  ])("%s", (_what, path, text, complaint) => {
    expect(planted(path, text).join("\n")).toContain(complaint);
  });
});

describe("what the rules let pass", () => {
  test.each([
    ["src/core/x.ts", 'import type { ZodType } from "zod";\nimport { a } from "./a.ts";'],
    ["src/agent/main.ts", 'import { tasks } from "../trials/visibility/tasks/index.ts";\nprocess.exit(0);'],
    ["src/trials/mesh/subjects/x.ts", 'import { serve } from "../../../fuse/serve.ts";'],
    ["src/runtimes/docker/x.ts", 'import Dockerode from "dockerode";'],
    ["src/cli/main.ts", "process.exitCode = 2;"],
    ["src/core/x.ts", "/** Says what the name does not. */\nexport function f() {}"],
    ["src/core/x.ts", "const now = process.hrtime.bigint();"],
    ["src/core/x.test.ts", `describe("a", () => {\n${LONG_BODY}});`],
  ])("%s: %s", (path, text) => {
    expect(planted(path, text)).toEqual([]);
  });
});

test("a ring of imports is found, once", () => {
  const files = [
    { path: "src/core/a.ts", text: 'import type { B } from "./b.ts";' },
    { path: "src/core/b.ts", text: 'import { c } from "./inner/c.ts";' },
    { path: "src/core/inner/c.ts", text: 'export const a = () => import("../a.ts");' },
    { path: "src/core/d.ts", text: 'import { a } from "./a.ts";' },
  ];
  expect(importCircles(files.map(parse))).toEqual([
    "src/core/a.ts -> src/core/b.ts -> src/core/inner/c.ts -> src/core/a.ts",
  ]);
});
