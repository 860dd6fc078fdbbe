import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { temporaryFolder } from "../../../test/fixtures/folders.ts";
import { manifestDraft, sampleOperation } from "../../../test/fixtures/runs.ts";
import type { Importer } from "../../core/trial.ts";
import { importFile } from "./import-file.ts";

/** Reads `{"values": [1, 2]}`. */
const numbers: Importer = {
  id: "numbers",
  title: "a list of numbers",
  recognise: (document) => typeof document === "object" && document !== null && Object.hasOwn(document, "values"),
  convert: (document) => {
    const { values } = document as { values: number[] };
    if (!Array.isArray(values)) throw new Error("values is no list");
    const { host, runtime, trials } = manifestDraft();
    const events = values.map((value, index) => {
      const op = { value, text: "" };
      return { index, timeNs: index, kind: "ok" as const, process: "foreign", op, invokeIndex: index };
    });
    const plan = trials[0]?.plan;
    if (!plan) throw new Error("the fixture has a plan");
    return { trial: "sample", options: {}, plan, startedAt: new Date(0), host, runtime, events };
  },
};

function importText(text: string) {
  const folder = temporaryFolder();
  const file = path.join(folder, "report.json");
  fs.writeFileSync(file, text);
  const { versions, command } = manifestDraft();
  return importFile(file, [numbers], { runsFolder: path.join(folder, "runs"), versions, command });
}

describe("importing a file", () => {
  it("makes a run of it that tells where it came from", () => {
    const run = importText('{"values":[4,5]}');
    expect(run.manifest).toMatchObject({ kind: "import", source: { importer: "numbers", file: "report.json" } });
    expect(run.manifest.source?.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect([...run.readHistory("sample", sampleOperation)].map((event) => "op" in event && event.op.value)).toEqual([
      4, 5,
    ]);
    expect([...run.readLab()].map(({ kind }) => kind)).toEqual(["trial-began", "trial-ended", "run-ended"]);
  });

  test.each([
    ["{", "IMPORT_UNREADABLE", "is not JSON"],
    ["[]", "IMPORT_UNKNOWN", "is none of: a list of numbers"],
    ['{"values":1}', "IMPORT_UNREADABLE", "values is no list"],
  ])("refuses %s with %s", (text, code, detail) => {
    expect(() => importText(text)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(detail) as string }),
    );
  });

  it("refuses a file that is not there", () => {
    const { versions, command } = manifestDraft();
    const file = path.join(temporaryFolder(), "none.json");
    const attempt = () => importFile(file, [numbers], { runsFolder: "runs", versions, command });
    expect(attempt).toThrow(expect.objectContaining({ code: "IMPORT_UNREADABLE" }));
  });
});
