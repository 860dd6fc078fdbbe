import { expect, test } from "vitest";
import { createDriverMetrics } from "./metrics.ts";

test("calls are counted by their ends, mounts timed apart, and gauges read off the status", () => {
  const metrics = createDriverMetrics();
  metrics.observe({ call: "VolumeDriver.Get", outcome: "silent", durationNs: 2e6 });
  metrics.observe({ call: "VolumeDriver.Mount", outcome: "ok", durationNs: 2e9 });
  const references = {};
  const text = metrics.render({
    backEnd: { id: "directory", scope: "local", degraded: "away" },
    epoch: 1,
    volumes: [
      { name: "a", mountpoint: "/m/a", health: "broken", references, current: 2, restored: 1 },
      { name: "b", mountpoint: "/m/b", references, current: 1, restored: 0 },
      { name: "c", references, current: 0, restored: 0 },
    ],
  });
  for (const line of [
    'seatrial_driver_calls_total{call="VolumeDriver.Get",outcome="silent"} 1',
    'seatrial_driver_call_duration_seconds_bucket{le="0.005"} 1',
    "seatrial_driver_call_duration_seconds_count 1",
    'seatrial_driver_mount_duration_seconds_bucket{le="1"} 0',
    'seatrial_driver_mount_duration_seconds_bucket{le="2.5"} 1',
    "seatrial_driver_volumes 3",
    'seatrial_driver_mounts{health="broken"} 1',
    'seatrial_driver_mounts{health="unknown"} 1',
    'seatrial_driver_mounts{health="healthy"} 0',
    'seatrial_driver_references{epoch="current"} 3',
    'seatrial_driver_references{epoch="restored"} 1',
    "seatrial_driver_back_end_up 0",
  ])
    expect(text.split("\n")).toContain(line);
});
