import { expect, test } from "vitest";
import { Saver } from "./whole-file.ts";

function slowWriter() {
  const writes: { end(): void; fail(): void }[] = [];
  const saver = new Saver(
    () => new Promise((resolve, reject) => writes.push({ end: resolve, fail: () => reject(new Error("full")) })),
  );
  return { writes, saver };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("calls that come while one is written share the next", async () => {
  const { writes, saver } = slowWriter();
  const first = saver.save();
  await turn();
  const others = [saver.save(), saver.save(), saver.save()];
  await turn();
  expect(writes).toHaveLength(1);
  writes[0]?.end();
  await first;
  await turn();
  expect(writes).toHaveLength(2);
  writes[1]?.end();
  await Promise.all(others);
  expect(writes).toHaveLength(2);
});

test("one that fails fails those who wait for it, and no others", async () => {
  const { writes, saver } = slowWriter();
  const first = saver.save();
  await turn();
  const second = saver.save();
  writes[0]?.fail();
  await expect(first).rejects.toThrow("full");
  await turn();
  writes[1]?.end();
  await second;
  expect(writes).toHaveLength(2);
});
