import fs from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../test/fixtures/folders.ts";
import { checkRunsFolder } from "./preflight.ts";

describe("the check of the runs folder", () => {
  it("looks at the nearest folder that exists and makes none", () => {
    const runs = path.join(temporaryFolder(), "a", "b");
    expect(checkRunsFolder(runs)).toMatchObject({
      id: "runs-folder",
      detail: expect.stringMatching(/MiB free$/) as string,
    });
    expect(fs.existsSync(path.dirname(runs))).toBe(false);
  });

  it("says what cannot be written, with a remedy", () => {
    const file = path.join(temporaryFolder(), "file");
    fs.writeFileSync(file, "");
    expect(checkRunsFolder(file).state).toBe("fail");
    expect(checkRunsFolder(file).remedy).toContain("--out");
  });
});
