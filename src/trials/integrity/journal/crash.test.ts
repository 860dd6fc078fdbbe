import { describe, expect, test } from "vitest";
import { CrashSearch } from "../../../../test/fixtures/journal/crash-search.ts";
import type { Step } from "../../../../test/fixtures/journal/model-writer.ts";

const NONE = { kind: "none" } as const;
const ALPHABET: Step[] = [
  { extent: "whole", trouble: NONE },
  { extent: "first", trouble: NONE },
  { extent: "wide", trouble: NONE },
  { extent: "whole", trouble: { kind: "data-sync-fails" } },
  { extent: "whole", trouble: { kind: "data-write-fails" } },
  { extent: "whole", trouble: { kind: "journal-sync-fails", nth: 0 } },
  { extent: "first", trouble: { kind: "journal-sync-fails", nth: 1 } },
  { extent: "whole", trouble: { kind: "reopen" } },
  { extent: "wide", trouble: { kind: "kill", atCall: 1 } },
  { extent: "whole", trouble: { kind: "kill", atCall: 3 } },
  { extent: "first", trouble: { kind: "kill", atCall: 5 } },
];

function* scripts(length: number): Generator<Step[]> {
  if (length === 0) return yield [];
  for (const rest of scripts(length - 1)) for (const step of ALPHABET) yield [...rest, step];
}

describe("every state that a crash could leave", () => {
  test("x", () => {
    const search = new CrashSearch({ ringSectors: 5, blocks: 2 });
    const t = performance.now();
    let n = 0;
    for (const l of [1, 2, 3]) {
      for (const script of scripts(l)) {
        n++;
        search.run(search.start(), script);
      }
      console.log(l, n, search.stateCount, performance.now() - t, search.violations);
    }
    expect(search.violations).toEqual([]);
  });
});
