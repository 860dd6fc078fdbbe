import { execFileSync, spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { requires } from "../../requires.ts";

const TAG = "seatrial-test:command";

const docker = (...args: string[]) => spawnSync("docker", args, { encoding: "utf8", timeout: 60_000 });
const seatrial = (...args: string[]) =>
  spawnSync(process.execPath, [path.resolve("dist/cli/main.js"), ...args], { encoding: "utf8", timeout: 60_000 });

const CONFIG = { io_mode: "write", io_write_step: 2, iteration_sleep: 0, io_file_size: "1Mi" };

/** Volumes as a pod would have them, writable for the image's user. */
function makePod() {
  const folder = temporaryFolder();
  fs.chmodSync(folder, 0o755);
  const at = (name: string) => path.join(folder, name);
  for (const name of ["config", "data", "trn"]) fs.mkdirSync(at(name));
  for (const name of ["data", "trn"]) fs.chownSync(at(name), 65_532, 65_532);
  fs.writeFileSync(at("config/config.json"), JSON.stringify(CONFIG));
  const mounts = [`${at("config")}:/mnt/config:ro`, `${at("data")}:/mnt/data`, `${at("trn")}:/mnt/trn`];
  const run = (...args: string[]) =>
    docker("run", "--network", "none", ...mounts.flatMap((mount) => ["-v", mount]), ...args);
  return {
    dataFile: at("data/file1"),
    /** The init container: verifies once. */
    init: () => run("--rm", "--env", "INIT=1", TAG),
    /** The main container, until its log has the event; then it is told to stop. Gives its exit status. */
    loopUntil: (event: string): number => {
      const id = run("--detach", TAG).stdout.trim();
      try {
        const awaited = `until docker logs ${id} 2>&1 | grep -q '"event":"${event}"'; do sleep 0.1; done`;
        execFileSync("sh", ["-c", awaited], { timeout: 30_000 });
        docker("stop", "--time", "10", id);
        return Number(docker("wait", id).stdout);
      } finally {
        docker("rm", "--force", id);
      }
    },
  };
}

requires("docker", "root")("an image of the command", () => {
  describe("made without a registry", () => {
    const built = seatrial("image", "build", "--tag", TAG);
    afterAll(() => void docker("rmi", "--force", TAG));

    test("is told by its name, and answers as the command does", () => {
      expect(built.stderr + built.stdout).toContain(TAG);
      expect(built.status).toBe(0);
      expect(docker("run", "--rm", "--network", "none", TAG, "--version").stdout).toBe(seatrial("--version").stdout);
    });

    test("runs the loop as an ordinary user, verifies before it writes and ends in good order", () => {
      const pod = makePod();
      expect(pod.init().status).toBe(0);
      expect(pod.loopUntil("verify-ok")).toBe(0);
      expect(fs.statSync(pod.dataFile).uid).toBe(65_532);
      const again = pod.init();
      expect(again.status, again.stdout).toBe(0);
      expect(again.stdout).toContain("verify-ok");
    }, 90_000);

    test("damage of the volume keeps the pod from starting", () => {
      const pod = makePod();
      pod.loopUntil("write-done");
      const file = fs.openSync(pod.dataFile, "r+");
      fs.writeSync(file, Buffer.from([1, 2, 3]), 0, 3, 300_000);
      fs.closeSync(file);
      const { status, stdout } = pod.init();
      expect(status, stdout).toBe(1);
      expect(stdout).toContain("bit-flip");
    }, 90_000);
  });

  test("a name that no image can have is refused", () => {
    const { status, stderr } = seatrial("image", "build", "--tag", "Upper Case");
    expect(status).toBe(2);
    expect(stderr).toContain("IMAGE_TAG_INVALID");
  });
});
