import { describe, expect, test } from "vitest";
import { driverSettings } from "./settings.ts";

describe("settings of a driver", () => {
  test("are flags first, then the environment, then defaults", () => {
    const env = { ROOT: "/srv/a", DEADLINE: "110s", LOG_LEVEL: "debug", MANAGED: "1", STATE: "" };
    expect(driverSettings({ root: "/srv/b" }, env)).toMatchObject({
      ...{ root: "/srv/b", mountsDirectory: "/srv/b/mounts", stateDirectory: "/var/lib/seatrial-driver" },
      ...{ deadlineMs: 110_000, logLevel: "debug", isManaged: true, scope: "local", metricsPort: undefined },
    });
  });

  test("keep mount points off a file system that hosts share", () => {
    expect(driverSettings({ root: "/nfs", state: "/state", scope: "global" }, {}).mountsDirectory).toBe(
      "/state/mounts",
    );
  });

  test.each([
    [{ root: "/r", scope: "everywhere" }, "--scope everywhere: want local or global"],
    [{ root: "/r", deadline: "25" }, "--deadline 25"],
    [{ root: "/r", unmountDelay: "1min" }, "--unmount-delay 1min"],
    [{ root: "/r", metricsPort: "99999" }, "--metrics-port 99999"],
  ])("%j cannot be", (flags, said) => {
    expect(() => driverSettings(flags, {})).toThrow(said);
  });
});
