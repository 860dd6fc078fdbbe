import { createExposition } from "../core/exposition.ts";
import type { AnsweredCall } from "./server/serve.ts";
import type { DriverStatus } from "./status.ts";

/** What the driver tells a monitoring system. */
export interface DriverMetrics {
  observe(call: AnsweredCall): void;
  render(status: DriverStatus): string;
}

const BOUNDS_SECONDS = [0.001, 0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10, 25, 60];
const MOUNT_CALL = "VolumeDriver.Mount";

/** An empty set; gauges are read off the driver's status when it is asked for. */
export function createDriverMetrics(): DriverMetrics {
  const exposition = createExposition();
  const named = (name: string) => `seatrial_driver_${name}`;
  const gauge = (name: string, help: string) => exposition.gauge(named(name), help);
  const calls = exposition.counter(named("calls_total"), "Calls by name and by how they ended.");
  const durations = exposition.histogram(named("call_duration_seconds"), "Time of a call but Mount.", BOUNDS_SECONDS);
  const mounting = exposition.histogram(named("mount_duration_seconds"), "Time of a Mount.", BOUNDS_SECONDS);
  const volumes = gauge("volumes", "Volumes that are known, mounted or referenced.");
  const mounts = gauge("mounts", "Volumes mounted, by how they stood when last looked at.");
  const references = gauge("references", "Mounts that engines have: of this epoch, or restored from before.");
  const backEndUp = gauge(
    "back_end_up",
    "1 while the back end answers, 0 while what is known of volumes is remembered.",
  );
  return {
    observe: ({ call, outcome, durationNs }) => {
      calls.add(1, { call, outcome });
      (call === MOUNT_CALL ? mounting : durations).observe(durationNs / 1e9);
    },
    render: (status) => {
      const mounted = status.volumes.filter(({ mountpoint }) => mountpoint !== undefined);
      volumes.set(status.volumes.length);
      for (const health of ["healthy", "broken", "unknown"])
        mounts.set(mounted.filter((volume) => (volume.health ?? "unknown") === health).length, { health });
      references.set(sum(status.volumes.map(({ current }) => current)), { epoch: "current" });
      references.set(sum(status.volumes.map(({ restored }) => restored)), { epoch: "restored" });
      backEndUp.set(status.backEnd.degraded === undefined ? 1 : 0);
      return exposition.render();
    },
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
