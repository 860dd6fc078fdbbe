import { expect, test } from "vitest";
import { appetiteOf, childrenByParent, descendantsOf, listenerOf } from "./processes.ts";

test("descendants are those at any depth", () => {
  const children = new Map([
    [1, [2, 3]],
    [3, [4]],
    [4, [5]],
    [9, [8]],
  ]);
  expect(new Set(descendantsOf([1], children))).toEqual(new Set([2, 3, 4, 5]));
  expect(new Set(descendantsOf([3, 9], children))).toEqual(new Set([4, 5, 8]));
  expect(descendantsOf([5], children)).toEqual([]);
});

test("this process is a child of its parent, and needs memory", () => {
  expect(childrenByParent().get(process.ppid)).toContain(process.pid);
  expect(appetiteOf(process.pid).residentBytes).toBeGreaterThan(2 ** 20);
  expect(appetiteOf(process.pid).descriptors).toBeGreaterThan(3);
});

test("what is not there needs nothing, and nobody listens where no socket is", () => {
  expect(appetiteOf(2 ** 30)).toEqual({ residentBytes: 0, descriptors: 0 });
  expect(listenerOf("/no/such/socket")).toBeUndefined();
});
