import { expect, test } from "vitest";
import { Places, Turns } from "./turns.ts";

function gate(): { open: () => void; opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { open, opened };
}

test("turns of one name follow each other, those of another do not wait", async () => {
  const turns = new Turns();
  const { open, opened } = gate();
  const said: string[] = [];
  const first = turns.take("a", async () => {
    await opened;
    said.push("a1");
  });
  const second = turns.take("a", async () => void said.push("a2"));
  await turns.take("b", async () => void said.push("b"));
  open();
  await Promise.all([first, second]);
  expect(said).toEqual(["b", "a1", "a2"]);
});

test("a turn that fails lets the next one in, and nothing is kept of either", async () => {
  const turns = new Turns();
  const failing = turns.take("a", () => Promise.reject(new Error("no")));
  const next = turns.take("a", async () => 1);
  await expect(failing).rejects.toThrow("no");
  expect(await next).toBe(1);
  await Promise.resolve();
  expect(turns.size).toBe(0);
});

test("places are given to as many as there are", async () => {
  const places = new Places(2);
  const gates = [gate(), gate(), gate()];
  let most = 0;
  let now = 0;
  const works = gates.map(({ opened }) =>
    places.during(60_000, async () => {
      most = Math.max(most, ++now);
      await opened;
      now--;
    }),
  );
  for (const { open } of gates) open();
  await Promise.all(works);
  expect(most).toBe(2);
});

test("a place that hangs is given to another", async () => {
  const places = new Places(1);
  const { open, opened } = gate();
  const hanging = places.during(5, () => opened);
  expect(await places.during(60_000, async () => "served")).toBe("served");
  open();
  await hanging;
  const again = [places.during(60_000, async () => 1), places.during(60_000, async () => 2)];
  expect(await Promise.all(again)).toEqual([1, 2]);
});
