import { expect, test } from "vitest";
import type { Summary } from "../../../src/core/report.ts";
import type { ShareDials } from "../../../src/trials/visibility/subjects/share/dials.ts";
import { temporaryFolder } from "../../fixtures/folders.ts";
import { failures } from "../../fixtures/trial-lab.ts";
import { cellSummary, tryMirror, tryShare } from "../../fixtures/visibility-lab.ts";
import { requires } from "../../requires.ts";

const here = requires("embedded", "fuse");

/** Options under which a correct share passes: a promise of no caching at all. */
const UNCACHED = { expect: "ttl-cache", ttlMs: 0 };

interface BadSubject {
  what: string;
  dials: Partial<ShareDials>;
  options: Record<string, unknown>;
  /** The claim that must break, and words that must name what is wrong. */
  claim: string;
  names: RegExp;
}

const BAD: BadSubject[] = [
  {
    what: "names that are trusted too long",
    dials: { entryTtlMs: 300 },
    options: { operations: ["unlink"], observers: ["stat"], states: ["looked"] },
    claim: "visibility.prompt",
    names: /looked: median (29\d|3\d\d) ms/,
  },
  {
    what: "attributes that are trusted too long",
    dials: { entryTtlMs: 300, attrTtlMs: 300 },
    options: { operations: ["append"], observers: ["stat"], states: ["polling"] },
    claim: "visibility.prompt",
    names: /polling: median (29\d|3\d\d) ms/,
  },
  {
    what: "missing names that are trusted too long",
    dials: { negativeTtlMs: 300 },
    options: { operations: ["create"], observers: ["stat"], states: ["polling"] },
    claim: "visibility.prompt",
    names: /polling: median (29\d|3\d\d) ms/,
  },
  {
    what: "changes that take their time",
    dials: { delayMs: { mkdir: 50 } },
    options: { operations: ["mkdir"], observers: ["stat"], states: ["polling"], directions: ["container-to-host"] },
    claim: "visibility.prompt",
    names: /polling: median [5-9]\d(\.\d)? ms/,
  },
  {
    what: "torn reads",
    dials: { tornReadsMs: 60 },
    options: { operations: ["overwrite-same"], observers: ["read"], states: ["looked", "polling"] },
    claim: "visibility.content",
    names: /torn: new up to byte \d+, old after it/,
  },
  {
    what: "new content under the old size",
    dials: { staleSizeMs: 60 },
    options: { operations: ["overwrite-longer"], observers: ["read"], states: ["looked", "polling"] },
    claim: "visibility.content",
    names: /new content cut at the old size of 96 bytes/,
  },
  {
    what: "phantom names by stat",
    dials: { phantomMs: 60 },
    options: { operations: ["unlink"], observers: ["agreement"] },
    claim: "visibility.agreement",
    names: /stat old, readdir new/,
  },
  {
    what: "phantom names by listing",
    dials: { phantomListingMs: 60 },
    options: { operations: ["unlink"], observers: ["agreement"] },
    claim: "visibility.agreement",
    names: /stat new, readdir old/,
  },
  {
    what: "reads that go back",
    dials: { revertEvery: 3 },
    options: { operations: ["overwrite-same"], observers: ["read"], states: ["looked", "polling"] },
    claim: "visibility.no-regression",
    names: /old after new/,
  },
  {
    what: "a name that is missing while it is replaced",
    dials: { replaceGapMs: 60 },
    options: { operations: ["rename-over"], observers: ["read"], states: ["looked", "polling"] },
    claim: "visibility.no-transient-error",
    names: /ENOENT/,
  },
  {
    what: "lost events",
    dials: { echoEvents: { lose: 4 } },
    options: { operations: ["chmod"], observers: ["inotify"], samples: 9, expect: "native", eventTimeoutMs: 300 },
    claim: "visibility.events-arrive",
    names: /ATTRIB lost/,
  },
  {
    what: "events told twice",
    dials: { echoEvents: "twice" },
    options: { operations: ["chmod"], observers: ["inotify"], expect: "native", samples: 12 },
    claim: "visibility.events-once",
    names: /ATTRIB 2 times/,
  },
  {
    what: "late events",
    dials: { echoEvents: { lateMs: 80 } },
    options: { operations: ["chmod"], observers: ["inotify"], expect: "native" },
    claim: "visibility.prompt",
    // A relayed event of the preparation comes a little earlier, and cannot be told from that of the change.
    names: /watching: median ([4-9]\d(\.\d)?|1\d\d) ms/,
  },
  {
    what: "no events at all",
    dials: {},
    options: { operations: ["create"], observers: ["inotify"], expect: "native", eventTimeoutMs: 200 },
    claim: "visibility.events-arrive",
    names: /CREATE lost/,
  },
  {
    what: "locks that do not exclude",
    dials: { locks: "none" },
    options: { operations: ["create"], scenarios: ["flock-exclusion"], directions: ["container-to-container"] },
    claim: "visibility.exclusion.flock",
    names: /times both sides held the lock at once/,
  },
  {
    what: "a creation that two win",
    dials: { exclusive: "broken" },
    options: { operations: ["create"], scenarios: ["create-exclusion"], directions: ["container-to-container"] },
    claim: "visibility.exclusion.create",
    names: /names? made by both sides/,
  },
  {
    what: "files that end at 2 GiB",
    dials: { sizeLimitBytes: 2 ** 31 },
    options: { operations: ["create"], scenarios: ["large-file"], timeoutMs: 500 },
    claim: "visibility.large-file",
    names: /size 2147483648 instead of/,
  },
  {
    what: "phantoms among many files",
    dials: { phantomMs: 3000 },
    options: { operations: ["create"], scenarios: ["many-files"], manyFiles: 20, timeoutMs: 500 },
    claim: "visibility.many-files",
    names: /phantoms after removing/,
  },
  {
    what: "a database without locks",
    dials: { locks: "none" },
    options: {
      operations: ["create"],
      scenarios: ["database"],
      directions: ["container-to-container"],
      expect: "native",
    },
    claim: "visibility.database",
    names: /the log has \d+ bytes where the index says \d+/,
  },
  {
    what: "reads that go back under a writer",
    dials: { revertEvery: 1 },
    options: { operations: ["create"], scenarios: ["reads-under-append"] },
    claim: "visibility.reads-monotonic.append",
    names: /\d+ after \d+|last write \d+ was never seen/,
  },
  {
    what: "a look-once reader that is wrong for too long",
    dials: { entryTtlMs: 300, attrTtlMs: 300 },
    options: {
      operations: ["chmod"],
      scenarios: ["ladder"],
      observers: ["stat"],
      states: ["looked"],
      samples: 1,
      ladderMs: [0, 30, 100, 400],
    },
    claim: "visibility.ladder",
    names: /old when looked at once after 100 ms/,
  },
];

here("a share that is bad in a known way is found, and what is wrong is named", () => {
  test.each(BAD)("$what", async ({ dials, options, claim, names }) => {
    const trial = await tryShare(dials, { ...UNCACHED, ...options }, temporaryFolder());
    const named = failures(trial).filter((finding) => finding.claim === claim);
    expect(named.map(({ detail }) => detail).join("\n"), trial.headline).toMatch(names);
    expect(trial.verdict).toBe("fail");
  });
});

here("a share of a known cache lifetime", () => {
  test("its lifetime is what the trial reports, where a cache can hold the answer and nowhere else", async () => {
    const options = {
      operations: ["create", "append", "unlink", "chmod", "rename-over"],
      observers: ["stat", "readdir", "inotify"],
      states: ["looked", "watching"],
      samples: 3,
      eventTimeoutMs: 500,
    };
    const trial = await tryShare({ entryTtlMs: 1000, attrTtlMs: 1000 }, options, temporaryFolder());
    const medianMs = (operation: string, observer: string) =>
      cellSummary(trial, { operation, observer }).p50.value ?? Infinity;
    for (const operation of ["append", "unlink", "chmod", "rename-over"]) {
      expect(medianMs(operation, "stat"), operation).toBeGreaterThan(950);
      expect(medianMs(operation, "stat"), operation).toBeLessThan(1200);
    }
    expect(medianMs("create", "stat")).toBeLessThan(200);
    expect(medianMs("unlink", "readdir")).toBeLessThan(200);
    const heard = trial.summaries.filter(({ metric }) => metric === "visibility.event-latency");
    expect(heard.length).toBeGreaterThan(0);
    for (const { count, censored } of heard) expect(censored).toBe(count);
    // One second is what such a mount promises, so nothing of this is a fault of the mount.
    expect(failures(trial)).toEqual([]);
  });

  test.each([10, 50, 200])("a delay of %d ms is reported as what it is", async (delayMs) => {
    const options = {
      operations: ["mkdir", "symlink", "unlink", "chmod"],
      observers: ["stat"],
      states: ["polling"],
      directions: ["container-to-host"],
      samples: 4,
    };
    const kinds = { mkdir: delayMs, symlink: delayMs, unlink: delayMs, setattr: delayMs };
    const trial = await tryShare({ delayMs: kinds }, options, temporaryFolder());
    for (const operation of ["mkdir", "symlink", "chmod"]) expectDelay(cellSummary(trial, { operation }), delayMs);
  });

  test.each([10, 50, 200])("a replica that is %d ms behind is reported as what it is", async (delayMs) => {
    const options = {
      operations: ["create", "append", "unlink"],
      observers: ["stat"],
      states: ["polling"],
      samples: 4,
    };
    const trial = await tryMirror(delayMs, options, temporaryFolder());
    for (const operation of ["create", "append", "unlink"]) expectDelay(cellSummary(trial, { operation }), delayMs);
  });
});

/**
 * Never sooner than the share was told to be, by more than 2 ms or 5 %; other processes can only make it slower. That the median keeps to 2 ms
 * or 5 % is measured by `npm run bench -- delays`, where nothing else runs.
 */
function expectDelay({ min, p50 }: Summary, delayMs: number): void {
  expect(min).toBeGreaterThan(delayMs - Math.max(2, delayMs * 0.05));
  expect(min).toBeLessThan(delayMs + 25);
  expect(p50.value).toBeLessThan(delayMs + 150);
}

// SEATRIAL_ROUNDS asks for more rounds without a false alarm than a test run has time for.
const ROUNDS = Number(process.env["SEATRIAL_ROUNDS"] ?? 1);

here("a share without a fault", () => {
  test("passes with everything but events and foreign caches", { timeout: 60_000 * (ROUNDS + 1) }, async () => {
    const scenarios = [
      "ladder",
      "reads-under-replace",
      "reads-under-append",
      "create-exclusion",
      "many-files",
      "large-file",
    ];
    const options = {
      ...UNCACHED,
      samples: 2,
      scenarios,
      manyFiles: 100,
      eventTimeoutMs: 100,
      directions: ["host-to-container", "container-to-host"],
    };
    for (let round = 0; round < ROUNDS; round++) {
      const trial = await tryShare({}, options, temporaryFolder());
      expect(failures(trial), trial.headline).toEqual([]);
    }
  });
});
