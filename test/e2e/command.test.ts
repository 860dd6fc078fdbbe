import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it, test } from "vitest";
import { parseReport } from "../../src/report/parse.ts";
import { startMirror } from "../../src/trials/visibility/subjects/mirror/start.ts";
import { requires } from "../requires.ts";
import { createUser, TINY } from "./binary.ts";

/** Working directories and ledgers that runs of this user have left. */
function leftovers(folder: string): string[] {
  const runs = existsSync(path.join(folder, "runs")) ? readdirSync(path.join(folder, "runs")) : [];
  const ledgers = path.join(folder, "state", "ledger");
  return [
    ...(existsSync(ledgers) ? readdirSync(ledgers) : []),
    ...readdirSync(os.tmpdir()).filter((name) => runs.some((run) => name.includes(run))),
  ];
}

describe("the command", () => {
  it("answers --version and --help at once, without loading what they do not need", () => {
    for (const flag of ["--version", "--help"]) {
      const words = ["--import", watchLoads(), "dist/cli/main.js", flag];
      const { stderr } = spawnSync(process.execPath, words, { encoding: "utf8" });
      expect(stderr).toContain("node_modules/commander");
      expect(stderr).not.toMatch(/node_modules\/(zod|yaml|echarts|dockerode|log-update)/);
    }
  });

  it("ends with 2 for what nobody can run, and names the nearest word", async () => {
    const { exit, stderr } = await createUser().run("run", "--sampels", "3");
    expect([exit, stderr]).toEqual([2, expect.stringContaining("Did you mean --samples?")]);
  });

  it("ends with 3 where no engine is", async () => {
    const user = createUser();
    const { exit, stderr } = await user.start(["run", "--runtime", "docker"], { DOCKER_HOST: "unix:///nowhere.sock" })
      .ended;
    expect([exit, stderr]).toEqual([3, expect.stringMatching(/unix:\/\/\/nowhere\.sock.*no such socket/)]);
  });

  it("ends with 3 where runs cannot be stored", async () => {
    const user = createUser();
    writeFileSync(path.join(user.folder, "runs"), "in the way");
    const { exit, stderr } = await user.run(...TINY);
    expect([exit, stderr]).toEqual([3, expect.stringContaining("RUN_FOLDER_NOT_WRITABLE")]);
  });

  it("does not mind a reader that goes away", () => {
    const user = createUser();
    const { status } = spawnSync(
      "bash",
      [
        "-c",
        '"$@" | true; exit "${PIPESTATUS[0]}"',
        "bash",
        process.execPath,
        path.resolve("dist/cli/main.js"),
        "schema",
      ],
      { cwd: user.folder },
    );
    expect(status).toBe(0);
  });
});

requires("embedded")("a run on this machine", () => {
  it("passes with 0, prints one JSON document, and leaves a folder that can be judged again", async () => {
    const user = createUser();
    const { exit, stdout, stderr } = await user.run(...TINY, "--json");
    expect([exit, stderr]).toEqual([0, expect.stringContaining("seed 7")]);
    const report = parseReport(stdout);
    expect(report).toMatchObject({ verdict: "pass", ended: "completed", seed: "7" });
    expect(readdirSync(path.join(user.folder, "runs", report.runId)).sort()).toEqual([
      "lab.ndjson",
      "manifest.json",
      "report.html",
      "report.json",
      "visibility",
    ]);
    const again = await user.run("recheck", "latest");
    expect([again.exit, again.stderr]).toEqual([0, expect.stringContaining("agrees, byte for byte")]);
    expect(leftovers(user.folder)).toEqual([]);
  });

  it("fails with 1 where the other side is late, and prints the command that repeats it", async () => {
    const user = createUser();
    const [source, replica] = ["source", "replica"].map((name) => path.join(user.folder, name)) as [string, string];
    for (const directory of [source, replica]) mkdirSync(directory);
    const mirror = await startMirror({ source, replica, dials: { delayMs: 60 } });
    try {
      const { exit, stdout } = await user.run(...TINY, "--states", "polling", "--path", source, "--share", replica);
      expect([exit, stdout]).toEqual([1, expect.stringMatching(/✗ FAIL.*polling: median \d+/s)]);
      const [, command = ""] = /Repeat it: seatrial (.*)/.exec(stdout) ?? [];
      const words = execFileSync("bash", ["-c", `printf '%s\\0' ${command}`], { encoding: "utf8" }).split("\0");
      expect((await user.run(...words.slice(0, -1))).exit).toBe(1);
    } finally {
      await mirror.stop();
    }
  });

  it("is undecided with 4 where something could not be judged, which can be allowed", async () => {
    const user = createUser();
    // Three samples set no upper bound on a p99.
    const tooFew = [...TINY, "--limit", "create.p99=1h"];
    expect((await user.run(...tooFew)).exit).toBe(4);
    expect((await user.run(...tooFew, "--allow", "inconclusive")).exit).toBe(0);
  });

  const long = [...TINY, "--samples", "100000", "--max-duration", "60s"];

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 143],
  ] as const)("%s ends it with %i, after clean-up, with what was recorded", async (signal, code) => {
    const user = createUser();
    const run = user.start([...long, "--json"]);
    await run.says(/visibility: [\d,]+ of/);
    run.signal(signal);
    const { exit, stdout, stderr } = await run.ended;
    expect([exit, stderr]).toEqual([code, expect.stringContaining(`${signal}: healing, cleaning up`)]);
    expect(parseReport(stdout)).toMatchObject({ ended: "interrupted", verdict: "inconclusive" });
    expect(leftovers(user.folder)).toEqual([]);
  });

  it("killed at once, leaves what sweep removes, and a folder that recheck reads", async () => {
    const user = createUser();
    const run = user.start(long);
    await run.says(/visibility: [\d,]+ of/);
    run.signal("SIGKILL");
    await run.ended;
    expect(leftovers(user.folder)).not.toEqual([]);
    const { exit, stdout } = await user.run("sweep");
    expect([exit, stdout]).toEqual([0, expect.stringContaining("this machine: ")]);
    expect(leftovers(user.folder)).toEqual([]);
    expect((await user.run("sweep")).stdout).toBe("Nothing was left over.\n");
    expect((await user.run("recheck", "latest")).exit).toBe(4);
  });
});

describe("import", () => {
  it("makes a run of the original tool's report, and shows its statistics", async () => {
    const user = createUser();
    mkdirSync(path.join(user.folder, "old"));
    writeFileSync(path.join(user.folder, "old", "report.json"), JSON.stringify(originalReport()));
    const { exit, stdout } = await user.run("import", "old/report.json");
    expect([exit, stdout]).toEqual([0, expect.stringContaining("visibility.latency")]);
    expect((await user.run("ls")).stdout).toContain("imported");
    expect(readFileSync(path.join(user.folder, "old", "report.json"), "utf8")).toBe(JSON.stringify(originalReport()));
  });

  it("refuses what it does not know with 2", async () => {
    const user = createUser();
    writeFileSync(path.join(user.folder, "other.json"), "{}");
    const { exit, stderr } = await user.run("import", "other.json");
    expect([exit, stderr]).toEqual([2, expect.stringContaining("IMPORT_UNKNOWN")]);
  });
});

function originalReport(): object {
  const timestamp = "2025-01-01T10:00:00.000000";
  const sample = (sample_id: number) => ({
    sample_id,
    test_type: sample_id % 2 === 0 ? "file" : "directory",
    environment: sample_id % 3,
    latency_ms: 100 + sample_id,
    timestamp,
  });
  return {
    metadata: { timestamp, system: { platform: "Darwin" }, docker: { version: "20.10" } },
    test_config: { num_samples: 10, timeout: 30, num_environments: 3 },
    samples: Array.from({ length: 9 }, (_, id) => sample(id)),
    summary: { total_samples: 9, timeouts: 1, success_rate: 0.9 },
  };
}

/** A module that prints the address of whatever is loaded after it. */
function watchLoads(): string {
  const asUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;
  const hook = "export const load = (url, context, next) => { process._rawDebug(url); return next(url, context); };";
  return asUrl(`import { register } from "node:module"; register(${JSON.stringify(asUrl(hook))});`);
}
