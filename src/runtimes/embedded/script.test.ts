import { execFileSync, spawnSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { quote, type Step, setupScript } from "./script.ts";

const hostileText = fc.string({ unit: "binary" }).filter((text) => !text.includes("\0"));

/** Runs the script as a keeper whose input has ended already. */
function run(steps: Step[]) {
  return spawnSync("sh", ["-c", setupScript(steps)], { input: "", encoding: "utf8" });
}

describe("quoting", () => {
  test("any text comes through a shell unchanged", () => {
    fc.assert(
      fc.property(fc.array(hostileText, { minLength: 1, maxLength: 50 }), (texts) => {
        const said = execFileSync("sh", ["-c", `printf '%s\\0' ${texts.map(quote).join(" ")}`]);
        expect(said).toEqual(Buffer.from(texts.map((text) => `${text}\0`).join("")));
      }),
      { numRuns: 30 },
    );
  });

  test.each([
    ["/data/plain-1.txt", "/data/plain-1.txt"],
    ["two words", "'two words'"],
    ["it's", "'it'\\''s'"],
    ["", "''"],
    ["$(reboot)\n", "'$(reboot)\n'"],
  ])("%j", (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });
});

describe("the set-up script", () => {
  test("says ready with the shell's own process id when all steps worked", () => {
    const { status, stdout, pid } = run([{ argv: ["true"], purpose: "do nothing" }]);
    expect({ status, stdout }).toEqual({ status: 0, stdout: `ready ${pid}\n` });
  });

  test("stops at the first failure and says what for, after the command's own words", () => {
    const { status, stdout, stderr } = run([
      { argv: ["ls", "/nowhere at all"], purpose: 'show it\'s "there"' },
      { argv: ["echo", "went on"], purpose: "go on" },
    ]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: "" });
    expect(stderr).toMatch(/nowhere at all.*\ncould not show it's "there"\n$/s);
  });

  test("goes on after a step without a purpose, and keeps quiet about it", () => {
    const { stdout, stderr } = run([{ argv: ["no-such-command-here"] }, { argv: ["false"] }]);
    expect(stdout).toMatch(/^ready \d+\n$/);
    expect(stderr).toBe("");
  });
});
