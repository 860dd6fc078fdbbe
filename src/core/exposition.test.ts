import { expect, test } from "vitest";
import { createExposition } from "./exposition.ts";

test("counters, gauges and histograms in the text format", () => {
  const { counter, gauge, histogram, render } = createExposition();
  const writes = counter("writes_total", "Writes.");
  writes.add(1, { outcome: "ok" });
  writes.add(2, { outcome: "ok" });
  gauge("file", "A file.").set(1, { path: 'a"b\\c\nd' });
  const seconds = histogram("seconds", "Time.", [0.1, 1]);
  for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value);
  expect(render()).toBe(
    [
      "# HELP writes_total Writes.",
      "# TYPE writes_total counter",
      'writes_total{outcome="ok"} 3',
      "# HELP file A file.",
      "# TYPE file gauge",
      'file{path="a\\"b\\\\c\\nd"} 1',
      "# HELP seconds Time.",
      "# TYPE seconds histogram",
      'seconds_bucket{le="0.1"} 2',
      'seconds_bucket{le="1"} 3',
      'seconds_bucket{le="+Inf"} 4',
      "seconds_sum 7.65",
      "seconds_count 4",
      "",
    ].join("\n"),
  );
});
