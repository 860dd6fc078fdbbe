import { execFileSync, spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  truncateSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import type Dockerode from "dockerode";
import { afterAll, beforeAll, describe, expect, it, test } from "vitest";
import type { Report, TrialReport } from "../../src/core/report.ts";
import { parseReport } from "../../src/report/parse.ts";
import { connectEngine } from "../../src/runtimes/docker/connect.ts";
import { temporaryFolder } from "../fixtures/folders.ts";
import { forever } from "../integration/docker/engine.ts";
import { requires } from "../requires.ts";
import { createUser, type Ended } from "./binary.ts";

const SMALL = ["--size", "4MiB", "--sync-every", "1", "--duration", "1s", "--seed", "7"];
/** Long enough that every worker syncs before and after the crash, however busy the machine is. */
const CRASHED = [...SMALL, "--duration", "3s", "--crashes", "1"];
const UNHURT = [...SMALL, "--crashes", "0"];

type User = ReturnType<typeof createUser>;

const trialOf = (report: Report): TrialReport => {
  const [trial] = report.trials;
  expect(trial?.id).toBe("integrity");
  return trial as TrialReport;
};

function runFolder(user: User): string {
  const runs = path.join(user.folder, "runs");
  const [runId = ""] = readdirSync(runs);
  return path.join(runs, runId);
}

/** What was run is stored, judged again to the same bytes, and can be shown in every form. */
async function expectPass(user: User, ended: Ended, claims: readonly string[]): Promise<void> {
  expect(ended.exit, ended.stdout + ended.stderr).toBe(0);
  const folder = runFolder(user);
  const stored = readFileSync(path.join(folder, "report.json"), "utf8");
  const passed = trialOf(parseReport(stored)).findings.filter(({ verdict }) => verdict === "pass");
  expect(passed.map(({ claim }) => claim)).toEqual(expect.arrayContaining([...claims]));
  const again = await user.run("recheck", folder);
  expect([again.exit, again.stderr]).toEqual([0, expect.stringContaining("agrees, byte for byte")]);
  expect(readFileSync(path.join(folder, "report.json"), "utf8")).toBe(stored);
  const forms = { markdown: "I/O integrity", csv: "integrity.", junit: "<testsuite", json: '"integrity"' };
  for (const [format, text] of Object.entries(forms)) {
    const shown = await user.run("report", folder, "--format", format);
    expect([shown.exit, shown.stdout], format).toEqual([0, expect.stringContaining(text)]);
  }
}

const KEPT = ["integrity.acknowledged", "integrity.content", "integrity.read-back", "integrity.crashed"];

/** Containers in which everything was read back to the end. */
function readersOf(user: User): Set<string> {
  const lines = readFileSync(path.join(runFolder(user), "integrity", "history.ndjson"), "utf8")
    .trim()
    .split("\n");
  const events = lines.map((line) => JSON.parse(line) as { kind: string; op?: { type: string; container?: string } });
  return new Set(
    events.flatMap(({ kind, op }) => (kind === "ok" && op?.type === "verify" ? [op.container ?? ""] : [])),
  );
}

async function expectTwoReaders(user: User, words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  await expectPass(user, await user.start(["run", "integrity", ...words], env).ended, KEPT);
  expect(readersOf(user)).toEqual(new Set(["writer", "reader"]));
}

describe.each(["embedded", "docker"] as const)("the trial on %s", (runtime) => {
  const here = ["--runtime", runtime, ...CRASHED];
  const env = runtime === "docker" ? { DOCKER_HOST: process.env["DOCKER_HOST"] } : {};

  requires(runtime)("storage that exists", () => {
    it("a scratch directory keeps its word", () => expectTwoReaders(createUser(), here, env));

    it("a directory of the user's keeps its word, and nothing is left in it", async () => {
      const user = createUser();
      const data = path.join(user.folder, "data");
      mkdirSync(data);
      await expectTwoReaders(user, [...here, "--path", data], env);
      expect(readdirSync(data)).toEqual([]);
    });
  });

  requires(runtime, "disk")("the lab's disk", () => {
    it("ext4 keeps its word through a power cut", async () => {
      const user = createUser();
      await expectTwoReaders(user, [...here, "--disk", "ext4"], env);
      const history = readFileSync(path.join(runFolder(user), "integrity", "history.ndjson"), "utf8");
      expect(history).toMatch(/"kind":"fault-injected","fault":{"id":"crash-0","kind":"power-cut"/);
    });
  });

  requires(runtime, "fio")("fio", () => {
    it("verifies what it wrote, before the crash and after it", async () => {
      const user = createUser();
      const ended = await user.start(["run", "integrity", ...here, "--engine", "fio"], env).ended;
      await expectPass(user, ended, ["integrity.fio-write", "integrity.fio-verify"]);
    });
  });
});

requires("docker")("a volume of the engine", () => {
  const env = { DOCKER_HOST: process.env["DOCKER_HOST"] };
  const name = `seatrial-test-${randomUUID()}`;
  let client: Dockerode;
  beforeAll(async () => {
    ({ client } = await connectEngine(process.env, forever));
    await client.createVolume({ Name: name });
  });
  afterAll(() => client.getVolume(name).remove());

  it("keeps its word, and holds nothing more when it is over", async () => {
    const user = createUser();
    await expectTwoReaders(user, ["--runtime", "docker", ...CRASHED, "--volume", name], env);
    const { Mountpoint } = await client.getVolume(name).inspect();
    // An engine elsewhere shows nothing here.
    expect(existsSync(Mountpoint) ? readdirSync(Mountpoint) : []).toEqual([]);
  });

  it("that does not exist is not made", async () => {
    const user = createUser();
    const words = ["run", "integrity", "--runtime", "docker", ...UNHURT, "--volume", `${name}-none`];
    const { exit, stdout } = await user.start(words, env).ended;
    expect([exit, stdout]).toEqual([3, expect.stringContaining("VOLUME_MISSING")]);
    expect(stdout).toContain("docker volume create");
    await expect(client.getVolume(`${name}-none`).inspect()).rejects.toMatchObject({ statusCode: 404 });
  });
});

describe("what contradicts itself is refused before anything is made", () => {
  const OTHER_SUBJECT = /Give one of --path, --volume and --disk/;
  test.each<[string[], string, RegExp]>([
    [["--path", "/tmp", "--volume", "v"], "INTEGRITY_SUBJECT", OTHER_SUBJECT],
    [["--path", "/tmp", "--disk", "ext4"], "INTEGRITY_SUBJECT", OTHER_SUBJECT],
    [["--volume", "v", "--disk", "ext4"], "INTEGRITY_SUBJECT", OTHER_SUBJECT],
    [["--path", "/tmp", "--volume", "v", "--disk", "ext4"], "INTEGRITY_SUBJECT", OTHER_SUBJECT],
    [["--crash", "power-cut"], "INTEGRITY_SUBJECT", /Give --disk ext4/],
    [["--path", "/tmp", "--crash", "both"], "INTEGRITY_SUBJECT", /Give --disk ext4/],
    [["--block-size", "5000"], "INTEGRITY_GEOMETRY", /multiple of 4096/],
    [["--size", "100KiB"], "INTEGRITY_GEOMETRY", /multiple of --block-size/],
    [["--size", "64KiB"], "INTEGRITY_GEOMETRY", /2 workers cannot share/],
    [["--disk", "ext4", "--size", "1GiB"], "INTEGRITY_GEOMETRY", /--set disk\.sizeBytes/],
    [["--block-size", "odd"], "INTEGRITY_OPTION", /such as 64MiB/],
    [["--disk", "ext4", "--record", "maybe"], "INTEGRITY_OPTION", /Give on or off/],
    [["--disk", "ext3"], "OPTIONS_INVALID", /did you mean "ext4"/],
    [["--engine", "dd"], "OPTIONS_INVALID", /one of blocks, fio/],
    [["--path", "relative"], "OPTIONS_INVALID", /must start with "\/"/],
  ])("%j: %s", async (words, code, told) => {
    const user = createUser();
    const { exit, stderr } = await user.run("run", "integrity", "--runtime", "embedded", ...words);
    const said = stderr.replaceAll(/\s+/g, " ");
    expect([exit, said]).toEqual([2, expect.stringContaining(code)]);
    expect(said).toMatch(told);
    expect(readdirSync(user.folder)).toEqual([]);
  });
});

/** Runs the command as `seatrial` of a shell script, in a mount namespace of its own. */
function inOwnMounts(user: User, script: string): { exit: number | null; said: string } {
  const seatrial = `seatrial() { "${process.execPath}" "${path.resolve("dist/cli/main.js")}" "$@"; }`;
  const { status, stdout, stderr } = spawnSync("unshare", ["--mount", "sh", "-c", `${seatrial}\n${script}`], {
    cwd: user.folder,
    encoding: "utf8",
    env: { PATH: process.env["PATH"], HOME: user.folder, SEATRIAL_STATE_DIR: path.join(user.folder, "state") },
  });
  return { exit: status, said: `${stdout}\n${stderr}`.replaceAll(/\s+/g, " ") };
}

requires("embedded", "root")("storage that does not do what is asked of it", () => {
  const embedded = ["run", "integrity", "--runtime", "embedded"];
  const unhurt = `seatrial ${[...embedded, ...UNHURT].join(" ")}`;

  test("a full file system breaks no promise, and says that it is full", () => {
    const user = createUser();
    const mount = "mkdir full && mount -t tmpfs -o size=6m none full";
    const { exit, said } = inOwnMounts(user, `${mount} && ${unhurt} --path "$PWD/full"`);
    expect([exit, said]).toEqual([4, expect.stringContaining("ENOSPC")]);
    expect(said).toContain("Give the storage more room, or a smaller --size.");
    expect(said).toContain("Kept all of the");
  });

  test("a file system in which nothing fits says that nothing was acknowledged", () => {
    const user = createUser();
    const mount = "mkdir full && mount -t tmpfs -o size=32k none full";
    const { exit, said } = inOwnMounts(user, `${mount} && ${unhurt} --path "$PWD/full"`);
    expect([exit, said]).toEqual([expect.toSatisfy((code) => code === 3 || code === 4), expect.any(String)]);
    expect(said).toContain("ENOSPC");
    expect(said).not.toContain("Kept all of");
  });

  test("a read-only file system cannot be tried, and says so", () => {
    const user = createUser();
    const mount = "mkdir ro && mount -t tmpfs -o ro none ro";
    const { exit, said } = inOwnMounts(user, `${mount} && ${unhurt} --path "$PWD/ro"`);
    expect([exit, said]).toEqual([3, expect.stringContaining("WORKDIR_NOT_WRITABLE")]);
    expect(said).toMatch(/EROFS.*Name a directory in which you may write/);
  });

  test("a directory that is missing", async () => {
    const user = createUser();
    const { exit, stdout } = await user.run(...embedded, ...UNHURT, "--path", path.join(user.folder, "missing"));
    expect([exit, stdout]).toEqual([3, expect.stringContaining("WORKDIR_NOT_WRITABLE")]);
  });

  test("a disk that is too small for its file system", () => {
    const user = createUser();
    const { exit, said } = inOwnMounts(user, `${unhurt} --disk btrfs --set disk.sizeBytes=16MiB`);
    expect([exit, said]).toEqual([3, expect.stringContaining("DISK_TOO_SMALL")]);
    expect(said).toContain("btrfs needs 110 MiB, this is 16 MiB");
  });

  test("fio that is not there", () => {
    const user = createUser();
    const hide = "for f in $(which -a fio); do mount --bind /dev/null $f; done";
    const { exit, said } = inOwnMounts(user, `${hide}; ${unhurt} --engine fio`);
    expect([exit, said]).toEqual([3, expect.stringMatching(/EMBEDDED_PROGRAM_MISSING|INTEGRITY_FIO_MISSING/)]);
    expect(said).toMatch(/needs the program "fio"|There is no fio|no fio/);
  });

  describe("an ordinary user", () => {
    /** As somebody with no rights, in a folder of theirs. */
    const asSomebody = (words: readonly string[]) => {
      const user = createUser();
      execFileSync("chown", ["65534:65534", user.folder]);
      const setpriv = ["--reuid=65534", "--regid=65534", "--clear-groups", process.execPath];
      const { status, stdout, stderr } = spawnSync(
        "setpriv",
        [...setpriv, path.resolve("dist/cli/main.js"), ...embedded, ...UNHURT, ...words],
        { cwd: user.folder, encoding: "utf8", env: { PATH: process.env["PATH"], HOME: user.folder } },
      );
      return { exit: status, said: `${stdout}\n${stderr}`.replaceAll(/\s+/g, " ") };
    };

    test("without the right to write in a directory", () => {
      const place = temporaryFolder();
      chmodSync(place, 0o755);
      const { exit, said } = asSomebody(["--path", place]);
      expect([exit, said]).toEqual([3, expect.stringMatching(/WORKDIR_NOT_WRITABLE.*EACCES: permission denied/)]);
    });

    test("is told that a disk takes more, and where to look", () => {
      const { exit, said } = asSomebody(["--disk", "ext4"]);
      expect([exit, said]).toEqual([4, expect.stringContaining("no control over: disk (`seatrial doctor`")]);
      expect(said).not.toContain("PASS run");
    });
  });
});

/** Slots of the data file that are not empty any more. */
function writtenSlots(file: string): number {
  const bytes = readFileSync(file);
  const slots = Array.from({ length: bytes.length / SLOT_BYTES }, (_, slot) => slot * SLOT_BYTES);
  return slots.filter((at) => bytes.readUInt32LE(at) !== 0).length;
}

const SLOT_BYTES = 64 * 1024;

requires("embedded")("files that somebody else changes while they are written", () => {
  /** One pass over the file takes longer than the run, so that nothing is written over again. */
  const SLOWLY = ["--workload", "sequential", "--rate", "1MiB", "--duration", "2s", "--crashes", "0"];

  const hurting = async (hurt: (file: string) => void) => {
    const user = createUser();
    const data = path.join(user.folder, "data");
    mkdirSync(data);
    const words = ["run", "integrity", "--runtime", "embedded", ...SMALL, ...SLOWLY, "--path", data];
    const run = user.start(words);
    const over = new AbortController();
    void run.ended.then(() => over.abort());
    const find = () => {
      const [workdir = ""] = readdirSync(data);
      return path.join(data, workdir, "data", "seatrial", "region-1.data");
    };
    while (!over.signal.aborted && !(existsSync(find()) && writtenSlots(find()) >= 8)) await wait(5);
    hurt(find());
    const ended = await run.ended;
    expect(ended.exit, ended.stdout + ended.stderr).toBe(1);
    const folder = runFolder(user);
    expect((await user.run("recheck", folder)).exit).toBe(1);
    const { findings } = trialOf(parseReport(readFileSync(path.join(folder, "report.json"), "utf8")));
    expect(findings.filter(({ verdict }) => verdict === "errored")).toEqual([]);
    return findings.filter(({ verdict }) => verdict === "fail").map(({ claim, detail }) => `${claim}: ${detail}`);
  };

  test.each<[string, (file: string) => void, RegExp]>([
    [
      "cut",
      (file) => truncateSync(file, 4096),
      /integrity\.(size|acknowledged|content): .*(truncated|zeroed|lost-write)/,
    ],
    ["removed", (file) => rmSync(file), /integrity\.acknowledged: .*missing at data file 1/],
    ["made longer", (file) => truncateSync(file, 5 * 2 ** 20), /integrity\.size: .*extended at data file 1/],
    [
      "replaced by a directory",
      replaceByDirectory,
      /integrity\.(readable|acknowledged): .*(io-error|missing) at data file 1/,
    ],
    ["changed by one bit", flipBit, /integrity\.content: .*bit-flip at data file 1, bytes 0 to 4095/],
  ])("%s", async (_how, hurt, wanted) => {
    expect(await hurting(hurt)).toContainEqual(expect.stringMatching(wanted));
  });
});

function replaceByDirectory(file: string): void {
  rmSync(file);
  mkdirSync(file);
}

function flipBit(file: string): void {
  const placeBytes = 2000;
  const descriptor = openSync(file, "r+");
  const byte = Buffer.alloc(1);
  readSync(descriptor, byte, 0, 1, placeBytes);
  writeSync(descriptor, Buffer.from([byte.readUInt8() ^ 1]), 0, 1, placeBytes);
  closeSync(descriptor);
}
