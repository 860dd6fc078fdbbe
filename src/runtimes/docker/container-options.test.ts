import { describe, expect, it } from "vitest";
import { containerOptions, engineName } from "./container-options.ts";

const setting = {
  fullName: "seatrial-x",
  environment: "env",
  owner: { runId: "run-1", lab: "boot:1:2" },
  image: { reference: "seatrial-agent:1", node: ["node"], serve: [], env: [] },
  disks: [],
};
const spec = { name: "a", binds: [{ source: "/s", target: "/t" }], tmpfs: ["/memory"] };

describe("what is asked of the engine for a container", () => {
  it("names its owner on every container", () => {
    expect(containerOptions(spec, setting).Labels).toEqual({
      "io.seatrial.run": "run-1",
      "io.seatrial.lab": "boot:1:2",
      "io.seatrial.environment": "env",
      "io.seatrial.container": "a",
    });
  });

  it("ends with the lab, has no network, and makes no directory for a missing source", () => {
    const { HostConfig, StdinOnce, OpenStdin } = containerOptions(spec, setting);
    expect({ StdinOnce, OpenStdin }).toEqual({ StdinOnce: true, OpenStdin: true });
    expect(HostConfig).toMatchObject({ AutoRemove: true, NetworkMode: "none", Tmpfs: { "/memory": "" } });
    expect(HostConfig?.Mounts).toEqual([{ Type: "bind", Source: "/s", Target: "/t", ReadOnly: false }]);
    expect(HostConfig?.Binds).toBeUndefined();
  });

  it("puts nothing of the image into a user's volume", () => {
    const { HostConfig } = containerOptions({ ...spec, binds: [], volumes: [{ volume: "v", target: "/v" }] }, setting);
    expect(HostConfig?.Mounts).toEqual([
      expect.objectContaining({ Source: "v", VolumeOptions: expect.objectContaining({ NoCopy: true }) }),
    ]);
  });

  it("mounts a device by a volume that has no name and an owner", () => {
    const disk = {
      device: "/dev/loop3",
      fileSystem: "ext4",
      options: ["commit=300", "noatime"],
      target: "/d",
    } as const;
    const { HostConfig } = containerOptions({ ...spec, binds: [] }, { ...setting, disks: [disk] });
    const [mount] = HostConfig?.Mounts ?? [];
    expect(mount).toMatchObject({ Type: "volume", Source: "", Target: "/d" });
    expect(mount?.VolumeOptions?.Labels).toMatchObject({ "io.seatrial.run": "run-1" });
    expect(mount?.VolumeOptions?.DriverConfig.Options).toEqual({
      type: "ext4",
      device: "/dev/loop3",
      o: "commit=300,noatime",
    });
  });

  it("keeps a base image's settings from the programs, but for what an image of ours sets itself", () => {
    expect(containerOptions(spec, setting).Env).toContain("LD_LIBRARY_PATH=");
    const image = { ...setting.image, env: ["LD_LIBRARY_PATH=/ours"] };
    const { Env } = containerOptions(spec, { ...setting, image });
    expect(Env?.filter((variable) => variable.startsWith("LD_LIBRARY_PATH"))).toEqual(["LD_LIBRARY_PATH=/ours"]);
  });

  it("switches a base image's health check off", () => {
    expect(containerOptions(spec, setting).Healthcheck).toBeUndefined();
    expect(containerOptions({ ...spec, image: "base" }, setting).Healthcheck).toEqual({ Test: ["NONE"] });
  });

  it("is a name that engines take, whatever the parts", () => {
    expect(engineName("2026-11-20T06-40-11Z", "host → container", "a")).toBe(
      "seatrial-2026-11-20T06-40-11Z-host-container-a",
    );
  });
});
