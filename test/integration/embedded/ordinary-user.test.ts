import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { requires } from "../../requires.ts";
import { builtAgent } from "../agent-bundle.ts";

const NOBODY = 65534;

requires("embedded", "root")("as an ordinary user", () => {
  const directory = realpathSync(mkdtempSync(path.join(os.tmpdir(), "seatrial-user-")));
  const stateDir = path.join(directory, "state");

  beforeAll(() => {
    chmodSync(directory, 0o755);
    mkdirSync(stateDir);
    chownSync(stateDir, NOBODY, NOBODY);
    copyFileSync(builtAgent().scriptPath, path.join(directory, "agent.cjs"));
    buildSync({
      entryPoints: ["test/integration/embedded/contract-as-user.ts"],
      outfile: path.join(directory, "contract.mjs"),
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "warning",
    });
  });
  afterAll(() => rmSync(directory, { recursive: true }));

  test("user namespaces keep the whole contract", () => {
    const identity = ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups"];
    const contract = [
      process.execPath,
      path.join(directory, "contract.mjs"),
      path.join(directory, "agent.cjs"),
      stateDir,
    ];
    const { status, stdout, stderr } = spawnSync("setpriv", [...identity, ...contract], {
      env: { PATH: process.env["PATH"], TMPDIR: os.tmpdir() },
      encoding: "utf8",
    });
    expect(stdout + stderr).toMatch(/^# fail 0$/m);
    expect(Number(/^# pass (\d+)$/m.exec(stdout)?.[1])).toBeGreaterThan(15);
    expect(status).toBe(0);
  });
});
