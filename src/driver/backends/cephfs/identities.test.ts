import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { keyringText, namedIdentity, readKey, withKeyFile } from "./identities.ts";
import { cephfsSettings } from "./settings.ts";

function temporaryFolder(): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-keys-"));
  onTestFinished(() => fs.rmSync(folder, { recursive: true }));
  return folder;
}

const settings = cephfsSettings.parse({ client: "volumes" });

describe("who mounts", () => {
  test("the driver's own identity, or another of the same directory", () => {
    expect(namedIdentity({}, settings)).toEqual({
      ...{ client: "volumes", keyring: "/etc/ceph/ceph.client.volumes.keyring" },
    });
    expect(namedIdentity({ client: "other" }, settings).keyring).toBe("/etc/ceph/ceph.client.other.keyring");
    expect(namedIdentity({ client: "other", keyring: "k" }, settings).keyring).toBe("/etc/ceph/k");
  });

  test("the key of just this identity is read, and a file without it is told without its content", async () => {
    const keyring = path.join(temporaryFolder(), "keyring");
    fs.writeFileSync(keyring, `${keyringText("a", "AAA==")}\n${keyringText("b", "BBB==")}\tcaps mon = "allow r"\n`);
    expect(await readKey({ client: "b", keyring })).toBe("BBB==");
    const error = await readKey({ client: "c", keyring }).catch(String);
    expect(error).toContain("no key for client.c");
    expect(error).not.toMatch(/AAA|BBB/);
    await expect(readKey({ client: "a", keyring: `${keyring}.gone` })).rejects.toThrow(/ENOENT/);
  });

  test("a key's file is nobody else's, and gone afterwards, whatever happens", async () => {
    const folder = path.join(temporaryFolder(), "run");
    await withKeyFile(folder, "secret", async (file) => {
      expect(fs.statSync(file).mode & 0o777).toBe(0o600);
      expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
      expect(fs.readFileSync(file, "utf8")).toBe("secret");
    });
    const failing = withKeyFile(folder, "secret", () => Promise.reject(new Error("not mounted")));
    await expect(failing).rejects.toThrow("not mounted");
    expect(fs.readdirSync(folder)).toEqual([]);
  });
});
