import { expect, test } from "vitest";
import { createLog, LOG_LEVELS } from "./log.ts";

const clock = { wallTime: () => new Date("2026-01-02T03:04:05.678Z") };

test("a line for machines is one JSON object", () => {
  let written = "";
  const log = createLog("json", clock, (line) => (written += line));
  log("warn", "config-reload-failed", { file: "/a b", line: undefined });
  expect(written).toBe(
    '{"time":"2026-01-02T03:04:05.678Z","level":"warn","event":"config-reload-failed","file":"/a b"}\n',
  );
});

test("a line for people quotes what has blanks", () => {
  let written = "";
  const log = createLog("text", clock, (line) => (written += line));
  log("info", "write-done", { generation: 3, file: "/a b", path: "/mnt/data", extents: [[0, 8]], left: undefined });
  expect(written).toBe(
    '2026-01-02T03:04:05.678Z INFO  write done generation=3 file="/a b" path=/mnt/data extents=[[0,8]]\n',
  );
});

test("what is less than asked for is left out", () => {
  let written = "";
  const log = createLog("text", clock, (line) => (written += line), "warn");
  for (const level of LOG_LEVELS) log(level, `said-${level}`);
  expect(written.match(/said \w+/g)).toEqual(["said warn", "said error"]);
});
