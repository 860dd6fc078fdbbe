import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { buildSync } from "esbuild";
import { afterAll, expect, test } from "vitest";
import { requires } from "../../requires.ts";
import { DRIVER, serveCommand } from "./tiny.ts";

const NOBODY = 65534;

requires("embedded", "root")("an ordinary user", () => {
  const directory = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-user-")));
  afterAll(() => fs.rmSync(directory, { recursive: true }));

  test("has hosts, mounts and hands in a user namespace", () => {
    const place = (name: string) => path.join(directory, name);
    const entryPoints = ["test/integration/volume/lab-process.ts"];
    // No engine takes part, and its client has parts that cannot be bundled.
    const external = ["./private-engine.ts", "./user-engine.ts"];
    buildSync({ entryPoints, outfile: place("lab.mjs"), external, bundle: true, platform: "node", format: "esm" });
    fs.copyFileSync("dist/subjects/hands.cjs", place("hands.cjs"));
    fs.copyFileSync(DRIVER, place("driver.mjs"));
    fs.mkdirSync(place("w"));
    for (const name of ["", "w"]) fs.chownSync(place(name), NOBODY, NOBODY);
    const identity = ["--reuid", String(NOBODY), "--regid", String(NOBODY), "--clear-groups"];
    const command = serveCommand().replace(DRIVER, place("driver.mjs"));
    const words = [process.execPath, place("lab.mjs"), command, place("w"), place("hands.cjs"), "end"];
    const { stdout, stderr } = spawnSync("setpriv", [...identity, ...words], { encoding: "utf8", cwd: "/" });
    expect(stderr).toBe("");
    expect(stdout).toBe("all\n");
  });
});
