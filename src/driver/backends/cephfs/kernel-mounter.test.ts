import { describe, expect, test } from "vitest";
import { kernelMountCommand } from "./kernel-mounter.ts";
import { cephfsOptions } from "./options.ts";

/** The command for a volume with these options. */
function command(texts: Record<string, string> = {}): string[] {
  const subvolume = { path: "/volumes/g/v/1", monitors: ["192.0.2.1:6789", "192.0.2.2:6789"] };
  const identity = { client: "volumes", keyring: "/etc/ceph/k" };
  const job = { subvolume, identity, target: "/mnt/v", options: cephfsOptions.parse(texts) };
  return kernelMountCommand(job, "cephfs", "/run/key");
}

describe("the command that mounts with the kernel's client", () => {
  test("has all monitors, no key, and a time limit", () => {
    expect(command()).toEqual([
      ...["mount", "-t", "ceph", "192.0.2.1:6789,192.0.2.2:6789:/volumes/g/v/1", "/mnt/v", "-o"],
      "nosuid,nodev,name=volumes,secretfile=/run/key,mds_namespace=cephfs,mount_timeout=20",
    ]);
  });

  test("has what was asked for, and the newer protocol's port where that is to be spoken", () => {
    const words = command({
      ro: "",
      nosuid: "false",
      ms_mode: "prefer-crc",
      recover_session: "clean",
      rasize: "65536",
    });
    expect(words[3]).toBe("192.0.2.1:3300,192.0.2.2:3300:/volumes/g/v/1");
    expect(words.at(-1)).toMatch(/^ro,suid,nodev,.*,ms_mode=prefer-crc,recover_session=clean,rasize=65536$/);
  });
});
