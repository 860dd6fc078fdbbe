import { describe, expect, it } from "vitest";
import { SeatrialError } from "../../../core/errors.ts";
import { loopConfigFile, type ReadConfig, settingsOf } from "./config.ts";
import { watchConfig } from "./config-watch.ts";
import { loopError } from "./errors.ts";
import type { LogFields } from "../../../core/log.ts";
import { createLoopMetrics } from "./metrics.ts";

/** A watch over what the test puts there: keys, or an error. */
function watched(first: object) {
  const lines: [event: string, fields?: LogFields][] = [];
  const metrics = createLoopMetrics();
  let file: object | SeatrialError = first;
  const read = (): ReadConfig => {
    if (file instanceof SeatrialError) throw file;
    return settingsOf(loopConfigFile.parse(file), { env: {}, isDirectory: () => false });
  };
  const log = (_level: string, event: string, fields?: LogFields) =>
    void lines.push(fields ? [event, fields] : [event]);
  const watch = watchConfig(read, { log, metrics });
  const put = (next: object | SeatrialError) => {
    file = next;
    return watch.reload();
  };
  return { watch, put, lines, metrics };
}

const broken = loopError("INTEGRITY_LOOP_CONFIG", "config.json:3:1: unknown key");

describe("the watched configuration", () => {
  it("is an error at the start", () => {
    expect(() => watched(broken)).toThrow("unknown key");
  });

  it("takes changes, and says which", () => {
    const { put, lines } = watched({ io_write_step: 4 });
    expect(put({ io_write_step: 2, io_mode: "verify" })).toMatchObject({ writeStep: 2, mode: "verify" });
    expect(put({ io_write_step: 2, io_mode: "verify" })).toMatchObject({ writeStep: 2 });
    expect(lines).toEqual([["config-changed", { keys: ["mode", "writeStep"] }]]);
  });

  it("keeps the last good one while the file is broken, and says so once", () => {
    const { put, lines, metrics } = watched({ io_write_step: 4 });
    expect(put(broken)).toMatchObject({ writeStep: 4 });
    expect(put(broken)).toMatchObject({ writeStep: 4 });
    expect(put({ io_write_step: 3 })).toMatchObject({ writeStep: 3 });
    expect(lines.map(([event]) => event)).toEqual(["config-reload-failed", "config-changed", "config-readable-again"]);
    expect(metrics.render()).toContain("seatrial_integrity_config_reload_failures_total 2");
  });

  it("warns once of what is loose", () => {
    const { put, lines } = watched({ iteration_sleep: "5" });
    put({ iteration_sleep: "5" });
    expect(lines).toEqual([["config-warning", { warning: expect.stringContaining("iteration_sleep") }]]);
  });

  it("keeps the files that are open, and warns once that they change at the next start", () => {
    const { put, lines } = watched({ io_file: "/a/b" });
    for (let i = 0; i < 2; i++) expect(put({ io_file: "/c/d" })).toMatchObject({ filePath: "/a/b", stateDir: "/a" });
    expect(lines.map(([, fields]) => fields?.["key"])).toEqual(["filePath", "stateDir"]);
  });
});
