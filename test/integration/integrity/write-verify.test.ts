import { expect, test } from "vitest";
import { EVERY_KIND, StorageParty, temporaryDirectory, workloadOf } from "./storage-party.ts";

test("first light", async () => {
  using place = temporaryDirectory();
  await using party = new StorageParty({ ...place, workload: workloadOf(EVERY_KIND), direct: true });
  console.log(await party.prepare());
  const results = await party.session(400, 100);
  console.log(JSON.stringify(results.at(-1)).slice(0, 600));
  const seen = await party.verify("direct", true);
  console.log(JSON.stringify({ ...seen, readNs: 0, settled: seen.settled?.length }));
  expect(seen.damageCount).toBe(0);
});
