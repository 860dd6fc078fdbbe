import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { messageOf } from "../../../src/core/errors.ts";
import { Fence } from "../../fixtures/ceph-lab/fence.ts";
import type { LabHost } from "../../fixtures/ceph-lab/host.ts";
import { CephLab } from "../../fixtures/ceph-lab/lab.ts";
import { DRIVER_CAPS } from "../../fixtures/ceph-lab/remote-back-end.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { requires } from "../../requires.ts";

const MAIN = path.resolve("dist/cli/main.js");
const FAULTS_SCRIPT = path.resolve("test/fixtures/ceph-lab/faults.sh");
const FAULTS = [
  ...["away", "starting", "create-fails", "mount-fails", "mount-hangs"],
  ...["server-killed", "client-evicted", "key-refused"],
];
/** Cases that tell of the cluster, each of which must have been tried. */
const MUST_PASS = "C01 C03 C06 C09 D08 G07 G08 G12 G13 G14 M06 M11 M17 M18 M20 M23 M26 R01 R11 S03 X02 X05 X07".split(
  " ",
);
/** Those with containers on two hosts. */
const MUST_PASS_ON_ENGINES = ["D11", "E09", "E17", "E18"];
const SUITE_LIMIT_MS = 900_000;
/** SEATRIAL_CEPH=full tries every case, which takes twice as long. */
const FOCUS = process.env["SEATRIAL_CEPH"] === "full" ? [] : ["--focus", MUST_PASS.join(",")];

interface Report {
  trials: { id: string; findings: { claim: string; verdict: string; detail: string }[] }[];
}

requires("ceph")("the suite judges the driver on a real CephFS", () => {
  let lab: CephLab;
  let fence: Fence;
  let host: LabHost;
  let keyring: string;

  beforeAll(async () => {
    lab = await CephLab.start("h1");
    fence = new Fence(lab);
    [host] = lab.hosts as [LabHost];
    keyring = `${host.directory}/driver.keyring`;
    const text = await lab.cluster.identity("client.driver", ...DRIVER_CAPS);
    await host.run(["sh", "-c", `umask 077; cat >${keyring}`], { input: text });
  });
  afterAll(async () => {
    await fence?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  /** A driver in a group of its own wherever the suite asks for a back end of its own, as {shared} says. */
  function serveCommand(): string {
    const cluster = `--ceph-mon-host '${lab.cluster.monitors}' --ceph-client driver --ceph-keyring ${keyring}`;
    const serve = `${process.execPath} ${MAIN} driver serve --backend cephfs --socket "$1" --state "$2" --mounts "$3/mounts"`;
    const script = `exec ${serve} ${cluster} --subvolume-group "suite-$(echo "$4" | cksum | cut -d" " -f1)"`;
    return `sh -c ${JSON.stringify(script)} sh {socket} {state} {root} {shared}`;
  }

  async function judge(...more: string[]): Promise<Map<string, string>> {
    const folder = temporaryFolder();
    const report = path.join(folder, "report.json");
    const fault = (name: string) => `${FAULTS_SCRIPT} ${name} ${lab.cluster.place.directory} {root} ${keyring}`;
    const words = [
      ...["run", "volume", "--out", path.join(folder, "runs"), "--output", report, "--serve", serveCommand()],
      ...["--scope", "global", "--other-option", "size=16MiB", "--bad-option", "size=abc", "--bad-option", "nothing=1"],
      ...FAULTS.flatMap((name) => ["--fault-command", `${name}=${fault(name)}`]),
      ...["--heal-command", fault("heal"), ...more],
    ];
    const home = ["env", `HOME=${folder}`, `PATH=${process.env["PATH"]}`, `SEATRIAL_STATE_DIR=${folder}/state`];
    await host
      .run([...home, process.execPath, MAIN, ...words], { limitMs: SUITE_LIMIT_MS })
      .catch((error: unknown) => console.error(messageOf(error).slice(-2000)));
    const { trials } = JSON.parse(readFileSync(report, "utf8")) as Report;
    return new Map(trials.flatMap(({ findings }) => findings.map((finding) => [finding.claim, told(finding)])));
  }

  const told = ({ verdict, detail }: { verdict: string; detail: string }) =>
    verdict === "pass" ? "pass" : `${verdict}: ${detail}`;

  test("every case that the cluster can show holds", { timeout: SUITE_LIMIT_MS }, async () => {
    const scale = { volumes: 20, rounds: 5, concurrency: 8, repeats: 3, patienceMs: 30_000 };
    const sizes = Object.entries(scale).flatMap(([key, value]) => ["--set", `${key}=${value}`]);
    const findings = await judge(...sizes, ...FOCUS);
    expect([...findings].filter(([, verdict]) => !/^(pass|skipped)/.test(verdict))).toEqual([]);
    for (const id of MUST_PASS) expect(findings.get(`volume.${id}`), id).toBe("pass");
  });

  requires("engine")("with an engine on each of two hosts", () => {
    test("what is made on one is used on the other, and nobody loses what is written under a lock", async () => {
      const findings = await judge("--engine", "private", "--focus", MUST_PASS_ON_ENGINES.join(","));
      const passed = MUST_PASS_ON_ENGINES.map((id) => [`volume.${id}`, "pass"] as const);
      expect(findings).toEqual(new Map(passed));
    }, 300_000);
  });
});
