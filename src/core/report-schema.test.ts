import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, expectTypeOf, test } from "vitest";
import type { z } from "zod";
import { sampleReport } from "../../test/fixtures/sample-report.ts";
import type { Report } from "./report.ts";
import { reportJsonSchema, reportSchema } from "./report-schema.ts";

describe("the schema of a report", () => {
  test("says what the type says, both ways", () => {
    expectTypeOf<z.infer<typeof reportSchema>>().toExtend<Report>();
    expectTypeOf<Report>().toExtend<z.infer<typeof reportSchema>>();
    expect(reportSchema.parse(sampleReport())).toEqual(sampleReport());
  });

  test("is published as it is; `npx vitest run src/core -u` writes it anew", async () => {
    await expect(`${JSON.stringify(reportJsonSchema(), null, 2)}\n`).toMatchFileSnapshot(
      "../../schemas/report.schema.json",
    );
  });

  test("is understood by another validator, which takes a sample and refuses a damaged one", () => {
    const validate = new Ajv2020({ strict: true, strictTuples: false, validateFormats: false }).compile(
      reportJsonSchema(),
    );
    expect(validate(JSON.parse(JSON.stringify(sampleReport()))), JSON.stringify(validate.errors)).toBe(true);
    expect(validate({ ...sampleReport(), verdict: "maybe" })).toBe(false);
    expect(validate({ ...sampleReport(), trials: [{ id: "visibility" }] })).toBe(false);
  });
});
