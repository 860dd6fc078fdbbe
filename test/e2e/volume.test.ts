import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, onTestFinished, test } from "vitest";
import type { TrialReport } from "../../src/core/report.ts";
import { parseReport } from "../../src/report/parse.ts";
import { requires } from "../requires.ts";
import { createUser, type Ended } from "./binary.ts";

type User = ReturnType<typeof createUser>;

const REFERENCE = path.resolve("dist/subjects/reference-driver.cjs");
const PLACES = "--socket {socket} --state {state} --root {root}";
const serve = (more = "") => ["--serve", `${process.execPath} ${REFERENCE} ${PLACES} ${more}`];
const RUN = ["run", "volume", "--runtime", "embedded", "--seed", "7"];

function runFolder(user: User): string {
  const runs = path.join(user.folder, "runs");
  const [runId = ""] = readdirSync(runs);
  return path.join(runs, runId);
}

function trialOf(user: User): TrialReport {
  const [trial] = parseReport(readFileSync(path.join(runFolder(user), "report.json"), "utf8")).trials;
  expect(trial?.id).toBe("volume");
  return trial as TrialReport;
}

const idsOf = ({ findings }: TrialReport, verdict: string): string[] =>
  findings.filter((finding) => finding.verdict === verdict).map(({ claim }) => claim);

requires("embedded")("a driver that the suite serves", () => {
  test("that is right passes, is judged again to the same bytes, and is shown in every form", async () => {
    const user = createUser();
    const { exit, stdout, stderr } = await user.run(...RUN, ...serve(), "--focus", "P01,C01,N01,G01,M,R01,X01");
    expect(exit, stdout + stderr).toBe(0);
    expect(stdout).toMatch(/cases hold/);
    const folder = runFolder(user);
    const stored = readFileSync(path.join(folder, "report.json"), "utf8");
    expect(idsOf(trialOf(user), "pass")).toEqual(expect.arrayContaining(["volume.P01", "volume.M06", "volume.X01"]));
    const again = await user.run("recheck", folder);
    expect([again.exit, again.stderr]).toEqual([0, expect.stringContaining("agrees, byte for byte")]);
    expect(readFileSync(path.join(folder, "report.json"), "utf8")).toBe(stored);
    const forms = { markdown: "Volume driver", csv: "volume.call-time", junit: "volume.M06", html: "Where it fails" };
    for (const [format, text] of Object.entries(forms)) {
      const shown = await user.run("report", folder, "--format", format);
      expect([shown.exit, shown.stdout], format).toEqual([0, expect.stringContaining(text)]);
    }
  });

  test("that counts nobody fails, and the report says what it did and what an engine does with it", async () => {
    const user = createUser();
    const { exit, stdout } = await user.run(...RUN, ...serve("--defect no-count"), "--focus", "M04,M06,G02");
    expect([exit, stdout]).toEqual([1, expect.stringContaining("✗ FAIL Volume driver")]);
    const trial = trialOf(user);
    expect(idsOf(trial, "fail")).toEqual(["volume.M04", "volume.M06"]);
    expect(idsOf(trial, "pass")).toEqual(["volume.G02"]);
    expect(trial.findings[0]?.detail).toMatch(
      /Does not hold: .*\nSeen: .*\nBefore it: VolumeDriver\.Unmount \{.*→ 200/,
    );
    expect(trial.headline).toMatch(/^1 of 3 cases hold; 2 fail, the worst: M04 /);
  });

  test("that does not start is no failure of a case: the lab says what it printed", async () => {
    const user = createUser();
    const { exit, stdout } = await user.run(...RUN, "--serve", 'sh -c "echo no disk in drive >&2; exit 1"');
    expect([exit, stdout]).toEqual([3, expect.stringContaining("VOLUME_DRIVER_FAILED")]);
    expect(stdout).toContain("no disk in drive");
  });

  test("that obeys faults has its outages tried", async () => {
    const user = createUser();
    const faults = ["--control-faults", "away,mount-fails"];
    const { exit, stdout } = await user.run(...RUN, ...serve("--control {control}"), ...faults, "--focus", "G07,M17");
    expect(exit, stdout).toBe(0);
    expect(idsOf(trialOf(user), "pass")).toEqual(["volume.G07", "volume.M17"]);
  });
});

requires("root")("a driver that runs already", () => {
  async function startDriver(user: User): Promise<{ socket: string; pid: number }> {
    const place = (name: string) => path.join(user.folder, name);
    for (const name of ["state", "root"]) mkdirSync(place(name), { recursive: true });
    const words = ["--socket", place("d.sock"), "--state", place("state"), "--root", place("root")];
    const child = spawn(process.execPath, [REFERENCE, ...words], { stdio: "ignore" });
    onTestFinished(() => void child.kill("SIGKILL"));
    while (!existsSync(place("d.sock")) && child.exitCode === null) await wait(5);
    return { socket: place("d.sock"), pid: child.pid ?? 0 };
  }

  test("is judged over its socket, has what was not given skipped with the reason, and keeps nothing", async () => {
    const user = createUser();
    const { socket } = await startDriver(user);
    const { exit, stdout } = await user.run(...RUN, "--socket", socket, "--focus", "P,C,G,X01", "--skip", "P10,P14");
    expect(exit, stdout).toBe(0);
    const trial = trialOf(user);
    expect(idsOf(trial, "pass")).toEqual(expect.arrayContaining(["volume.P06", "volume.C04", "volume.G01"]));
    const restart = trial.findings.find(({ claim }) => claim === "volume.X01");
    expect(restart).toMatchObject({ verdict: "skipped", detail: expect.stringContaining("stopped") as string });
    const left = trial.facts.find(({ title }) => title === "Cases that were not tried")?.facts;
    expect(left).toContainEqual(["left out", expect.stringMatching(/as asked for: P10, P14, /)]);
    expect(readdirSync(path.join(user.folder, "root", "volumes"))).toEqual([]);
  });

  test("that is not there is no failure of a case", async () => {
    const user = createUser();
    const { exit, stdout } = await user.run(...RUN, "--socket", path.join(user.folder, "none.sock"), "--focus", "P01");
    expect([exit, stdout]).toEqual([3, expect.stringContaining("VOLUME_NOT_LISTENING")]);
    expect(stdout).toContain("none.sock");
  });
});

describe("what contradicts itself is refused before anything is made", () => {
  test.each<[string[], string, RegExp]>([
    [["--serve", "x", "--socket", "/x"], "VOLUME_SUBJECT", /Give --serve with the command/],
    [["--mount-root", "/x"], "VOLUME_SUBJECT", /told by {root}/],
    [["--socket", "/x", "--kill-command", "k"], "VOLUME_SUBJECT", /Give --start-command too/],
    [["--socket", "/x", "--fault-command", "away=k"], "VOLUME_SUBJECT", /Give --heal-command too/],
    [["--option", "size"], "VOLUME_OPTION", /key=value/],
    [["--focus", "M99"], "VOLUME_CASE_UNKNOWN", /volume-cases\.md/],
    [["--focus", "M06", "--skip", "M"], "VOLUME_NO_CASE", /Focus on more/],
    [["--fault-command", "flood=x", "--heal-command", "y"], "OPTIONS_INVALID", /flood/],
  ])("%j", async (words, code, remedy) => {
    const user = createUser();
    const { exit, stderr }: Ended = await user.run(...RUN, ...words);
    expect([exit, stderr]).toEqual([2, expect.stringContaining(code)]);
    expect(stderr).toMatch(remedy);
    expect(existsSync(path.join(user.folder, "runs"))).toBe(false);
  });
});
