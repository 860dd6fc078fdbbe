import { describe, expect, test } from "vitest";
import {
  fioRun,
  foldRecord,
  goodRun,
  IntegrityDraft,
  interruptedRun,
  lyingRun,
} from "../../../test/fixtures/integrity-history.ts";
import { factsOfIntegrity } from "./facts.ts";

function sheets(record: IntegrityDraft): Map<string, Map<string, string>> {
  return new Map(foldRecord(record, factsOfIntegrity).map(({ title, facts }) => [title, new Map(facts)]));
}

describe("the facts of a run", () => {
  const told = sheets(lyingRun());

  test("tell what was handed out, acknowledged and read back", () => {
    const amounts = told.get("What was written and read back");
    expect(amounts?.get("writers")).toBe("3 sessions, 2 ended by a crash");
    // 3 sessions of 2 workers: 12 + 1, 14 + 1 and 14 stretches of 120 steps each; of those at the crashes 48 were synced,
    // of the last but 8.
    expect(amounts?.get("handed out")).toBe("10,080 writes, 285 MiB");
    expect(amounts?.get("acknowledged")).toBe("9,776 writes, 277 MiB: covered by a sync that succeeded");
    expect(amounts?.get("read back")).toBe("5 times, 645 MiB");
    expect(amounts?.get("blocks found damaged")).toBe("15 lost-write, 40 zeroed");
  });

  test("tell of each crash what was unknown and what became of it", () => {
    const crashes = [...(told.get("At each crash") ?? [])];
    expect(crashes.map(([name]) => name)).toEqual(["1, power cut", "2, power cut"]);
    expect(crashes[0]?.[1]).toMatch(/^at 2\.\d+ s: \d+ writes in flight: \d+ kept, \d+ not; .*; all else as promised$/);
    expect(crashes[1]?.[1]).toMatch(/damaged blocks: 15 lost-write, 40 zeroed$/);
  });

  test("tell the storage as far as it is known", () => {
    const storage = told.get("The storage");
    expect(storage?.get("subject")).toBe("a disk of the lab, 320 MiB, that can be made to lie");
    expect(storage?.get("file system")).toBe("ext4");
    expect(storage?.get("mounted")).toContain("commit=300");
    expect(storage?.get("O_DIRECT")).toBe("accepted, in multiples of 512 B");
    expect(storage?.get("sync")).toBe("fdatasync after every 16 writes of a thread");
    expect(storage?.get("data file 1")).toBe("64 MiB: 1,024 slots of 64 KiB");
  });

  test("tell what each fault did", () => {
    const faults = [...(told.get("Faults, and what each did")?.values() ?? [])];
    expect(faults[0]).toMatch(/^at 2\.\d+ s, for 230 ms: \d+ pages in the disk's cache were lost$/);
    expect(faults[1]).toMatch(/hit 31 times, first flush lie at 0 B of the disk$/);
    expect(faults[2]).toMatch(/pages in the disk's cache were lost, and of those 3 whose flush had been acknowledged$/);
  });

  test("have no word of fio without fio", () => {
    expect([...told.keys()].filter((title) => title.includes("fio"))).toEqual([]);
  });
});

test("a page cache that is used is told, and why", () => {
  const record = goodRun();
  const [, prepared] = record.events;
  if (prepared?.kind !== "ok" || prepared.op.type !== "prepare" || !prepared.op.result)
    throw new Error("no preparation");
  prepared.op.result.directIo = { refused: "open answers EINVAL" };
  expect(sheets(record).get("The storage")?.get("O_DIRECT")).toBe(
    "refused: open answers EINVAL; the page cache is used",
  );
});

test("fio's figures stand beside, with what its mode cannot see", () => {
  const told = sheets(fioRun());
  expect(told.get("What was written and read back")?.get("written")).toBe("5 generations, 1.25 GiB");
  expect(told.get("fio's own figures")?.get("write, 5 jobs")).toBe("median 381 MiB/s, 6100 IOPS");
  expect(told.get("fio's own figures")?.get("verify latency")).toMatch(
    /^p50 .* µs, p99 .* µs, p99\.9 .* ms, at most .* ms$/,
  );
  expect(told.get("What fio cannot see in this mode")?.get("order")).toBeDefined();
  expect(told.has("At each crash")).toBe(false);
});

test("many crashes are cut, and said to be", () => {
  const record = new IntegrityDraft({ workload: "random" }).prepared();
  for (let i = 0; i < 40; i++) record.session().wrote(1).crashed("crash");
  const crashes = [...(sheets(record).get("At each crash") ?? [])];
  expect(crashes).toHaveLength(25);
  expect(crashes.at(-1)).toEqual(["and more", "16 crashes that are not listed here"]);
});

test("of a run that was interrupted before anything there is the storage, and noughts", () => {
  const told = sheets(interruptedRun());
  expect([...told.keys()]).toEqual(["What was written and read back", "The storage"]);
  expect(told.get("What was written and read back")?.get("acknowledged")).toMatch(/^0 writes, 0 B/);
});
