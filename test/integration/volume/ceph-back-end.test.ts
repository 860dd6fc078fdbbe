import { afterAll, beforeAll, expect, test } from "vitest";
import { CephLab } from "../../fixtures/ceph-lab/lab.ts";
import type { LabHost } from "../../fixtures/ceph-lab/host.ts";
import { type RemoteBackEnd, startBackEnd } from "../../fixtures/ceph-lab/remote-back-end.ts";
import { requires } from "../../requires.ts";

const MIB = 2 ** 20;

requires("ceph")("volumes on CephFS", () => {
  let lab: CephLab;
  let first: LabHost;
  let second: LabHost;
  let here: RemoteBackEnd;
  let there: RemoteBackEnd;

  beforeAll(async () => {
    lab = await CephLab.start("h1", "h2");
    [first, second] = lab.hosts as [LabHost, LabHost];
    [here, there] = await Promise.all([startBackEnd(first, lab.cluster), startBackEnd(second, lab.cluster)]);
  });
  afterAll(async () => {
    await here?.[Symbol.asyncDispose]();
    await there?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  /** A new mount point of a host. */
  async function place(host: LabHost, name: string): Promise<string> {
    const target = `${host.directory}/mounts/deep/${name}`;
    await host.run(["mkdir", "-p", target]);
    return target;
  }

  const shell = async (host: LabHost, script: string) => (await host.run(["sh", "-c", script])).stdout.trim();

  test("none are there before the first, not even their group", async () => {
    expect(await here.list()).toEqual([]);
  });

  test("one is made, listed on both hosts, written on one and read on the other, removed", async () => {
    await here.create("shared", { size: "16MiB", mode: "0750", uid: "1000", gid: "1001" });
    expect(await there.names()).toContain("shared");
    const [a, b] = [await place(first, "shared"), await place(second, "shared")];
    await here.mount("shared", a);
    await there.mount("shared", b);
    expect(await shell(first, `stat -c '%a %u %g' ${a}`)).toBe("750 1000 1001");
    await shell(first, `echo hello >${a}/file`);
    expect(await shell(second, `cat ${b}/file`)).toBe("hello");
    expect(Number(await shell(first, `stat -f -c '%b * %S' ${a} | awk '{ print $1 * $3 }'`))).toBe(16 * MIB);
    expect(await shell(first, `grep ' ${a} ' /proc/self/mountinfo`)).toMatch(/nosuid,nodev/);
    expect(await here.probe(a)).toBe("healthy");
    await here.unmount(a);
    await expect(here.remove("shared")).rejects.toMatchObject({ code: "VOLUME_IN_USE" });
    expect(await shell(second, `cat ${b}/file`)).toBe("hello");
    await there.unmount(b);
    await here.remove("shared");
    expect(await there.names()).not.toContain("shared");
    await here.remove("shared");
  });

  test("what is there is not made again: neither data, nor mode, nor quota", async () => {
    await here.create("kept", { size: "12MiB", mode: "0700" });
    const target = await place(first, "kept");
    await here.mount("kept", target);
    await shell(first, `echo canary >${target}/file`);
    await there.create("kept", { size: "12MiB", mode: "0700" });
    await there.create("kept");
    await expect(there.create("kept", { size: "16MiB" })).rejects.toMatchObject({ code: "VOLUME_DIFFERS" });
    expect(await shell(first, `stat -c %a ${target}; cat ${target}/file`)).toBe("700\ncanary");
    expect(Number(await shell(first, `stat -f -c '%b * %S' ${target} | awk '{ print $1 * $3 }'`))).toBe(12 * MIB);
    await here.unmount(target);
    await here.remove("kept");
    await here.create("kept");
    await here.mount("kept", target);
    expect(await shell(first, `ls ${target}`)).toBe("");
    await here.unmount(target);
    await here.remove("kept");
  });

  test("one that another host has removed and made again is mounted as it is now", async () => {
    await here.create("again");
    const target = await place(first, "again");
    await here.mount("again", target);
    await shell(first, `echo old >${target}/file`);
    await here.unmount(target);
    await there.remove("again");
    await expect(here.mount("again", target)).rejects.toMatchObject({ code: "VOLUME_UNKNOWN" });
    await there.create("again");
    await here.mount("again", target);
    expect(await shell(first, `ls ${target}`)).toBe("");
    await here.unmount(target);
    await here.remove("again");
  });

  test("a quota is refused, and one of files too", async () => {
    await here.create("small", { size: "12MiB", max_files: "10" });
    const target = await place(first, "small");
    await here.mount("small", target);
    const filled = `for i in $(seq 200); do dd if=/dev/zero of=${target}/big bs=1M count=1 seek=$i conv=notrunc 2>&1 | grep -q 'quota exceeded' && echo refused && exit; sleep 0.05; done`;
    expect(await shell(first, filled)).toBe("refused");
    const many = `for i in $(seq 2000); do touch ${target}/$i 2>&1 | grep -q 'quota exceeded' && echo refused && exit; sleep 0.02; done`;
    expect(await shell(first, many)).toBe("refused");
    await here.unmount(target);
    await here.remove("small");
  });

  test("a copy has its source's data and a quota of its own; the snapshot for it does not stay", async () => {
    await here.create("source");
    const target = await place(first, "source");
    await here.mount("source", target);
    await shell(first, `echo data >${target}/file; sync -f ${target}/file`);
    await here.unmount(target);
    await here.create("copy", { from: "source", size: "20MiB" });
    await there.mount("copy", await place(second, "copy"));
    const copy = `${second.directory}/mounts/deep/copy`;
    expect(await shell(second, `cat ${copy}/file`)).toBe("data");
    expect(Number(await shell(second, `stat -f -c '%b * %S' ${copy} | awk '{ print $1 * $3 }'`))).toBe(20 * MIB);
    await there.unmount(copy);
    const snapshots = await lab.cluster.ceph(
      "fs",
      "subvolume",
      "snapshot",
      "ls",
      "cephfs",
      "source",
      "--group_name",
      "seatrial",
    );
    expect(JSON.parse(snapshots)).toEqual([]);
    await here.remove("source");
    await here.remove("copy");
    await expect(here.create("none", { from: "missing" })).rejects.toMatchObject({ code: "VOLUME_NOT_MADE" });
    expect(await here.names()).not.toContain("none");
  });

  test("a snapshot that somebody made keeps a volume from being removed", async () => {
    await here.create("snapped");
    const of = (action: string) =>
      lab.cluster.ceph("fs", "subvolume", "snapshot", action, "cephfs", "snapped", "mine", "--group_name", "seatrial");
    await of("create");
    await expect(here.remove("snapped")).rejects.toThrow(/has snapshots: mine/);
    expect(await here.names()).toContain("snapped");
    await here.create("from-mine", { from: "snapped", from_snapshot: "mine" });
    await of("rm");
    await here.remove("snapped");
    await here.remove("from-mine");
  });

  test("what is removed and retained is listed no more, and made again it is empty", async () => {
    await here.create("retained", { on_remove: "retain" });
    const target = await place(first, "retained");
    await here.mount("retained", target);
    await shell(first, `echo old >${target}/file`);
    await here.unmount(target);
    await here.remove("retained");
    expect(await there.names()).not.toContain("retained");
    await there.create("retained");
    expect(await here.names()).toContain("retained");
    await here.mount("retained", target);
    expect(await shell(first, `ls ${target}`)).toBe("");
    await here.unmount(target);
    const snapshots = await lab.cluster.ceph(
      "fs",
      "subvolume",
      "snapshot",
      "ls",
      "cephfs",
      "retained",
      "--group_name",
      "seatrial",
    );
    expect(JSON.parse(snapshots)).toHaveLength(1);
  });

  test("an identity of the volume's own reaches nothing else, and its key lies nowhere", async () => {
    await here.create("private", { per_volume_auth: "true" });
    const target = await place(first, "private");
    await here.mount("private", target);
    await shell(first, `echo mine >${target}/file`);
    const session = (await lab.cluster.sessions()).find(({ client }) => client.startsWith("client.seatrial."));
    expect(session).toMatchObject({ client: "client.seatrial.seatrial.private", host: "h1" });
    expect(await shell(first, "ls /run/seatrial-cephfs")).toBe("");
    await here.unmount(target);
    await here.remove("private");
    expect(await lab.cluster.ceph("auth", "ls")).not.toContain("client.seatrial.seatrial.private");
  });

  test("mounting as asked: read-only, without programs", async () => {
    await here.create("flags", { ro: "true", noexec: "", nosuid: "false" });
    const target = await place(second, "flags");
    await there.mount("flags", target);
    const line = await shell(second, `grep ' ${target} ' /proc/self/mountinfo`);
    expect(line).toMatch(/ ro,nodev,noexec/);
    expect(line).not.toContain("nosuid");
    await there.unmount(target);
    await there.remove("flags");
  });

  test("what it refuses is said, and nothing is made", async () => {
    await expect(here.create("bad", { pool: "none" })).rejects.toMatchObject({ code: "VOLUME_NOT_MADE" });
    expect(await here.names()).not.toContain("bad");
    await expect(here.mount("bad", await place(first, "bad"))).rejects.toMatchObject({ code: "VOLUME_UNKNOWN" });
  });
});
