import fs from "node:fs";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { createCommandLine, echo, fakeComposition, flaggedPlacebo } from "../../test/fixtures/command-line.ts";
import { temporaryFolder } from "../../test/fixtures/folders.ts";
import type { Trial } from "../core/trial.ts";
import { parseReport } from "../report/parse.ts";
import { volumeCases } from "../trials/volume/cases/index.ts";

describe("seatrial run", () => {
  it("runs every trial, ends with the report's path, and tells its progress on standard error", async () => {
    const { call, runs } = createCommandLine(fakeComposition({}, [flaggedPlacebo, echo]));
    const { exit, stdout, stderr } = await call("run", "--seed", "7");
    expect(exit).toBe(0);
    const [run = ""] = fs.readdirSync(runs);
    expect(stdout.trimEnd().split("\n").at(-1)).toBe(`Report: ${path.join(runs, run, "report.html")}`);
    expect(fs.readdirSync(path.join(runs, run)).sort()).toEqual(
      ["echo", "lab.ndjson", "manifest.json", "placebo", "report.html", "report.json"].sort(),
    );
    expect(stderr).toMatch(/^\d\d:\d\d:\d\d run .* with seed 7, recorded in /);
  });

  test.each([
    ["every claim passed", [], 0],
    ["a claim failed", ["--subject", "liar"], 1],
    ["the trial broke", ["--breaks", "run"], 3],
    ["nothing was seen", ["--operations", "0"], 4],
    ["nothing was seen, which was allowed", ["--operations", "0", "--allow", "inconclusive"], 0],
    ["a claim failed, which nobody can allow", ["--subject", "liar", "--allow", "inconclusive"], 1],
  ])("exits by the verdict: %s", async (_what, flags, code) => {
    const { exit } = await createCommandLine().call("run", "--seed", "7", ...flags);
    expect(exit).toBe(code);
  });

  it("prints exactly one JSON document where one is asked for, which is report.json", async () => {
    const { call, runs } = createCommandLine();
    const { stdout } = await call("run", "--json", "--output", path.join(runs, "copy.json"));
    const run = fs.readdirSync(runs).find((name) => name.startsWith("2")) ?? "";
    expect(parseReport(stdout).verdict).toBe("pass");
    expect(fs.readFileSync(path.join(runs, run, "report.json"), "utf8")).toBe(stdout);
    expect(fs.readFileSync(path.join(runs, "copy.json"), "utf8")).toBe(stdout);
  });

  it("gives the error as that document when it cannot run", async () => {
    const { exit, stdout, stderr } = await createCommandLine().call("run", "nothing", "--json");
    expect(exit).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: "TRIAL_UNKNOWN", exit: 2 } });
    expect(stderr).toContain("TRIAL_UNKNOWN");
  });

  it("writes JUnit and Markdown, and speaks to GitHub where that is", async () => {
    const folder = temporaryFolder();
    const summary = path.join(folder, "summary.md");
    fs.writeFileSync(summary, "before\n");
    const { call } = createCommandLine(fakeComposition(), {
      env: { GITHUB_ACTIONS: "true", GITHUB_STEP_SUMMARY: summary },
    });
    const [junit, markdown] = [path.join(folder, "j.xml"), path.join(folder, "m.md")];
    const { stderr } = await call("run", "--subject", "liar", "--junit", junit, "--markdown", markdown);
    expect(fs.readFileSync(junit, "utf8")).toContain("<failure");
    expect(fs.readFileSync(summary, "utf8")).toBe(`before\n${fs.readFileSync(markdown, "utf8")}`);
    expect(stderr).toContain("::error title=Placebo");
  });

  it("refuses files that it could not write, before it begins", async () => {
    const { call, runs } = createCommandLine();
    const { exit, stderr } = await call("run", "--junit", path.join(runs, "missing", "j.xml"));
    expect([exit, fs.readdirSync(runs)]).toEqual([3, []]);
    expect(stderr).toContain("OUTPUT_NOT_WRITABLE");
  });

  it("needs a state directory, and leaves a run that says so", async () => {
    const composition = fakeComposition();
    const settings = { ...composition.settings, stateDir: "/proc/seatrial" };
    const { call } = createCommandLine({ ...composition, settings });
    const { exit, stderr } = await call("run");
    expect([exit, stderr]).toEqual([3, expect.stringContaining("STATE_FOLDER_NOT_WRITABLE")]);
    expect((await call("recheck", "latest")).exit).toBe(3);
  });

  it("is silent when told to be quiet", async () => {
    expect((await createCommandLine().call("run", "--quiet")).stderr).toBe("");
  });

  it("repeats: the printed command and the seed give the same plan", async () => {
    const { call } = createCommandLine();
    const dry = async (...words: string[]) =>
      JSON.parse((await call("run", ...words, "--dry-run", "--json")).stdout) as { command: string; trials: unknown };
    const first = await dry("--operations", "3");
    const again = await dry(...first.command.split(" ").slice(2));
    expect(again).toEqual(first);
    expect((await dry("--operations", "3")).trials).not.toEqual(first.trials);
  });

  it("does nothing when it is to explain or to run dry", async () => {
    const { call, runs } = createCommandLine();
    const explained = await call("run", "--operations", "3", "--explain");
    expect(explained.stdout).toMatch(/^placebo\.operations +3 +--operations$/m);
    expect(explained.stdout).toMatch(/^placebo\.subject +honest +default$/m);
    const dry = await call("run", "--dry-run", "--seed", "7");
    expect(dry.stdout).toContain("questions: 5");
    expect(dry.stdout).toContain("Run it: seatrial run placebo --runtime simulated --profile quick --seed 7");
    expect(fs.readdirSync(runs)).toEqual([]);
  });

  it("says which runtimes it tried when none is fit", async () => {
    const preflight = [{ id: "engine", state: "fail" as const, detail: "it is out", remedy: "Call it back." }];
    const { exit, stderr } = await createCommandLine(fakeComposition({ preflight })).call("run");
    expect(exit).toBe(3);
    expect(stderr).toMatch(/NO_RUNTIME_FIT {2}simulated: it is out\n.*Call it back\./);
  });

  it("asks no runtime where no trial has containers", async () => {
    const preflight = [{ id: "engine", state: "fail" as const, detail: "it is out" }];
    const onlyHere: Trial = {
      ...flaggedPlacebo,
      plan: (options, random) => ({ ...flaggedPlacebo.plan(options, random), environments: [] }),
      run: async ({ recorder }) => recorder.note("nobody was asked"),
    };
    const { call, runs } = createCommandLine(fakeComposition({ preflight }, [onlyHere]));
    const dry = await call("run", "--dry-run", "--seed", "7");
    expect(dry.stdout).toContain("This would run without a runtime, with seed 7:");
    expect(dry.stdout).toContain("Run it: seatrial run placebo --profile quick --seed 7");
    expect((await call("run", "--allow", "inconclusive")).exit).toBe(0);
    const { environment } = parseReport((await call("report", "latest", "--format", "json")).stdout);
    expect(environment).toContainEqual({ title: "Runtime", facts: [["runtime", "none"]] });
    expect(fs.readdirSync(runs)).toHaveLength(1);
  });

  it("calls a defect a defect, with its stack", async () => {
    const broken = { ...flaggedPlacebo, plan: () => JSON.parse("{") as never };
    const { exit, stderr } = await createCommandLine(fakeComposition({}, [broken])).call("run");
    expect(exit).toBe(3);
    expect(stderr).toContain("This is a bug in Seatrial");
    expect(stderr).toContain("at ");
  });

  it("tells that the program for the containers is missing", async () => {
    const composition = fakeComposition();
    const settings = { ...composition.settings, agent: { scriptPath: "/nowhere/agent.cjs", nodePath: "node" } };
    const { exit, stderr } = await createCommandLine({ ...composition, settings }).call("run");
    expect(exit).toBe(3);
    expect(stderr).toContain("AGENT_NOT_BUILT");
  });
});

describe("commands over stored runs", () => {
  it("recheck agrees with what the run wrote, and says when it does not", async () => {
    const { call, runs } = createCommandLine();
    await call("run", "--subject", "liar");
    const agreed = await call("recheck", "latest");
    expect([agreed.exit, agreed.stderr]).toEqual([1, "The stored report.json agrees, byte for byte.\n"]);
    const stored = path.join(runs, fs.readdirSync(runs)[0] ?? "", "report.json");
    const text = fs.readFileSync(stored, "utf8");
    fs.writeFileSync(stored, text.replaceAll('"fail"', '"pass"'));
    expect((await call("recheck", "latest", "--json")).stderr).toContain("DIFFERS");
    expect(fs.readFileSync(stored, "utf8")).toBe(text);
  });

  test.each([
    ["json", /^\{\n {2}"schemaVersion": 1/],
    ["csv", /^"trial","metric"/],
    ["junit", /^<\?xml/],
    ["markdown", /^# /],
    ["terminal", /PASS/],
    ["html", /^<!doctype html>/],
  ])("report --format %s goes to standard output", async (format, expected) => {
    const { call } = createCommandLine();
    await call("run");
    const { exit, stdout } = await call("report", "latest", "--format", format);
    expect([exit, stdout]).toEqual([0, expect.stringMatching(expected)]);
  });

  it("report tells the format by the file's ending, and refuses one that tells none", async () => {
    const { call, runs } = createCommandLine();
    await call("run");
    const file = path.join(runs, "out.csv");
    expect((await call("report", "latest", "--output", file)).exit).toBe(0);
    expect(fs.readFileSync(file, "utf8")).toContain('"answer.time"');
    expect((await call("report", "latest", "--output", path.join(runs, "out.doc"))).exit).toBe(2);
  });

  it("diff compares a run with itself and finds nothing worse", async () => {
    const { call } = createCommandLine();
    await call("run", "--operations", "50");
    const same = await call("diff", "latest", "latest", "--fail-on", "worse");
    expect([same.exit, same.stdout]).toEqual([0, expect.stringContaining("answer.time")]);
    expect(JSON.parse((await call("diff", "latest", "latest", "--json")).stdout)).toMatchObject({ margin: 0.05 });
    expect((await call("diff", "latest", "latest", "--margin", "much")).exit).toBe(2);
  });

  it("ls lists what there is, a folder that is no run included", async () => {
    const { call, runs } = createCommandLine();
    expect((await call("ls")).stdout).toBe(`There are no runs in ${runs}.\n`);
    await call("run");
    fs.mkdirSync(path.join(runs, "2026-01-01T00-00-00Z-0000"));
    const rows = (await call("ls")).stdout.trimEnd().split("\n");
    expect(rows).toHaveLength(3);
    expect(rows[1]).toContain("manifest.json");
    expect(rows[2]).toMatch(/placebo +pass +completed$/);
  });

  test.each([
    ["recheck", "RUN_NOT_FOUND"],
    ["report", "RUN_NOT_FOUND"],
    ["import", "IMPORT_UNREADABLE"],
  ])("%s of nothing is refused", async (command, code) => {
    const { exit, stderr } = await createCommandLine().call(command, "nothing-here");
    expect([exit, stderr]).toEqual([2, expect.stringContaining(code)]);
  });
});

describe("seatrial volume cases", () => {
  it("lists what --focus takes", async () => {
    const { call } = createCommandLine();
    const { exit, stdout } = await call("volume", "cases");
    expect(exit).toBe(0);
    expect(stdout).toMatch(/^Groups: P Protocol; C Create; /);
    expect(stdout).toMatch(/^M18 +high +mounts, back-end +A Mount that hangs ends/m);
  });

  it("as one JSON document too", async () => {
    const listed = JSON.parse((await createCommandLine().call("volume", "cases", "--json")).stdout) as unknown[];
    expect(listed).toHaveLength(volumeCases.length);
    expect(listed[0]).toMatchObject({ id: "P01", severity: "critical", needs: [] });
  });
});

describe("doctor and sweep", () => {
  it("doctor succeeds where one runtime works, and names it", async () => {
    const { exit, stdout } = await createCommandLine().call("doctor", "--json");
    expect(exit).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ chosen: "simulated" });
  });

  it("doctor fails where none does, with the remedy", async () => {
    const preflight = [{ id: "engine", state: "fail" as const, detail: "it is out", remedy: "Call it back." }];
    const { exit, stdout } = await createCommandLine(fakeComposition({ preflight })).call("doctor");
    expect([exit, stdout]).toEqual([3, expect.stringMatching(/✗ engine: it is out\n +Call it back\./)]);
  });

  it("sweep looks at what answers, and fails for what was named and does not", async () => {
    const preflight = [{ id: "engine", state: "fail" as const, detail: "it is out" }];
    const { call } = createCommandLine(fakeComposition({ preflight }));
    const { exit, stdout, stderr } = await call("sweep");
    expect([exit, stdout, stderr]).toEqual([0, "Nothing was left over.\n", "simulated was not looked at: it is out\n"]);
    expect((await call("sweep", "--runtime", "docker")).exit).toBe(2);
  });
});

describe("words", () => {
  test.each<[words: string[], code: string, hint: string]>([
    [["rn"], "USAGE", "Did you mean run?"],
    [["run", "--operatons", "1"], "USAGE", "Did you mean --operations?"],
    [["run", "placebi"], "TRIAL_UNKNOWN", 'did you mean "placebo"?'],
    [["run", "--profile", "fast"], "USAGE", "quick, standard, thorough"],
    [["run", "--runtime", "simulatd"], "RUNTIME_UNKNOWN", 'did you mean "simulated"?'],
    [["schema", "paln"], "USAGE", 'did you mean "plan"?'],
    [["recheck"], "USAGE", "missing required argument 'run'"],
    [["--samples", "5"], "USAGE", "seatrial run --samples 5"],
    [["--analyze", "x.json"], "OLD_WORD", "seatrial import FILE"],
    [["analyze"], "OLD_WORD", "seatrial import FILE"],
    [["--test-connection"], "OLD_WORD", "seatrial doctor"],
  ])("%j is refused with %s and a hint", async (words, code, hint) => {
    const { exit, stderr } = await createCommandLine().call(...words);
    expect(exit).toBe(2);
    expect(stderr).toContain(code);
    expect(stderr).toContain(hint);
  });

  it("a preset of the original tool is a profile, with and without run", async () => {
    const { call } = createCommandLine();
    for (const words of [["standard"], ["run", "standard"], ["run", "--quiet", "standard"]])
      expect((await call(...words, "--explain")).stdout).toMatch(/^placebo\.operations +50 +profile standard$/m);
  });

  it("no word at all prints help and is an error, --help is none", async () => {
    const { call } = createCommandLine();
    const nothing = await call();
    expect([nothing.exit, nothing.stderr]).toEqual([2, expect.stringContaining("Usage: seatrial")]);
    const help = await call("run", "--help");
    expect([help.exit, help.stdout]).toEqual([0, expect.stringContaining("--subject <name>")]);
  });
});
