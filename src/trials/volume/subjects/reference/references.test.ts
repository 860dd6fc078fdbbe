import { expect, test } from "vitest";
import { References } from "./references.ts";

test("an ID is counted, and for each volume", () => {
  const references = new References();
  references.add("v", "a");
  references.add("v", "a");
  references.add("w", "a");
  references.drop("v", "a");
  expect([references.count("v"), references.count("w")]).toEqual([1, 1]);
  references.drop("v", "a");
  expect(references.held()).toEqual(["w"]);
});

test("an ID that holds nothing changes nothing", () => {
  const references = new References();
  references.add("v", "a");
  references.drop("v", "b");
  references.drop("w", "a");
  expect(references.count("v")).toBe(1);
});

test("in a new epoch the first Mount of an ID takes its old references over, the second adds one", () => {
  const references = new References();
  references.add("v", "a");
  references.add("v", "a");
  references.beginEpoch();
  expect(references.count("v")).toBe(2);
  references.add("v", "a");
  expect(references.count("v")).toBe(1);
  references.add("v", "a");
  expect(references.count("v")).toBe(2);
});

test("an ID of an older epoch that is not mounted again keeps its count", () => {
  const references = new References();
  references.add("v", "a");
  references.add("v", "a");
  references.beginEpoch();
  references.drop("v", "a");
  expect(references.count("v")).toBe(1);
});

test("what is kept comes back with its epochs", () => {
  const before = new References();
  before.add("v", "a");
  before.beginEpoch();
  before.add("w", "__proto__");
  const { epoch, references } = JSON.parse(JSON.stringify(before.save())) as ReturnType<References["save"]>;
  const after = new References();
  after.restore(epoch, references);
  expect(after.save()).toEqual(before.save());
  after.add("v", "a");
  expect([after.count("v"), after.count("w")]).toEqual([1, 1]);
});
