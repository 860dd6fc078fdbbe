import { expect, test } from "vitest";
import { counted } from "./finding.ts";

test.each([
  [1, "sample", "1 sample"],
  [0, "sample", "0 samples"],
  [2, "other stretch", "2 other stretches"],
  [2, "crash", "2 crashes"],
])("%d of %s is %s", (count, noun, text) => expect(counted(count, noun)).toBe(text));
