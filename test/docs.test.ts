import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { EXIT } from "../src/core/errors.ts";
import { trials } from "../src/trials/index.ts";
import { renderDetectionPage } from "./reference/detection-page.ts";
import { volumeCases } from "../src/trials/volume/cases/index.ts";
import { collectErrorTables, renderErrorsPage } from "./reference/errors-page.ts";
import { renderMetricsPage } from "./reference/metrics-page.ts";
import { renderVolumeCasesPage } from "./reference/volume-cases-page.ts";
import { readTree } from "./tidy/source.ts";

describe("docs/reference says what the code says", () => {
  test("errors.md", async () => {
    const tables = await collectErrorTables();
    expect(tables.length).toBeGreaterThan(3);
    await expect(renderErrorsPage(tables)).toMatchFileSnapshot("../docs/reference/errors.md");
  });

  test("metrics.md", async () => {
    const metrics = trials.flatMap((trial) => trial.metrics.map(({ id }) => id));
    expect(metrics).toEqual([...new Set(metrics)]);
    await expect(renderMetricsPage(trials)).toMatchFileSnapshot("../docs/reference/metrics.md");
  });

  test("integrity-detection.md", async () => {
    await expect(renderDetectionPage()).toMatchFileSnapshot("../docs/reference/integrity-detection.md");
  });

  test("volume-cases.md", async () => {
    await expect(renderVolumeCasesPage(volumeCases)).toMatchFileSnapshot("../docs/reference/volume-cases.md");
  });

  test("exit-codes.md", () => {
    const page = readFileSync("docs/reference/exit-codes.md", "utf8");
    const rows = [...page.matchAll(/^\| (\d+) \| (\w+) \|/gm)].map(([, code, name]) => [name, Number(code)]);
    expect(Object.fromEntries(rows)).toEqual(EXIT);
  });

  test("no two parts of the house use one code", async () => {
    const codes = (await collectErrorTables()).flatMap(({ errors }) => errors.map(([code]) => code));
    expect(codes).toEqual([...new Set(codes)]);
  });

  test("errors are sentences: a title with a capital and no full stop, a remedy with both", async () => {
    const errors = (await collectErrorTables()).flatMap((table) => table.errors);
    for (const [code, { title, remedy }] of errors) {
      expect(`${code}: ${title}`).toMatch(/: [A-Z].*[^.]$/);
      expect(`${code}: ${remedy}`).toMatch(/: [A-Z].*\.$/);
    }
  });
});

describe("links", () => {
  test("between pages of this project lead somewhere", () => {
    const broken = readTree(".", [".md"]).flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map(([, target = ""]) => join(dirname(path), target))
        .filter((target) => !existsSync(target))
        .map((target) => `${path}: ${target}`),
    );
    expect(broken).toEqual([]);
  });
});
