import { expect, onTestFinished, test } from "vitest";
import type { Health } from "../back-end.ts";
import { HealthWatch } from "./health-watch.ts";

test("says when a mount breaks and when it serves again, and nothing else", async () => {
  const now = new Map<string, Health>([["v", "healthy"]]);
  const seen = new Map<string, Health>();
  const said: unknown[] = [];
  const mounts = {
    names: () => [...now.keys()],
    healthOf: (name: string) => seen.get(name),
    probe: async (name: string) => {
      const health = now.get(name) ?? "unknown";
      seen.set(name, health);
      return health;
    },
  };
  const watch = new HealthWatch(mounts, (_level, _event, fields) => void said.push(fields?.["health"]));
  onTestFinished(() => watch.close());
  for (const health of ["healthy", "broken", "broken", "unknown", "healthy"] as const) {
    now.set("v", health);
    await watch.look();
  }
  expect(said).toEqual(["broken", "unknown", "healthy"]);
});
