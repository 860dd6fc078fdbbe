import { describe, expect, test, vi } from "vitest";
import type { KnownVolume } from "../back-end.ts";
import { Catalogue, type CatalogueOptions } from "./catalogue.ts";

const named = (...names: string[]): KnownVolume[] => names.map((name) => ({ name, status: {} }));

/** A back end that is asked by hand, and a clock that is turned by hand. */
function setUp(more: Partial<CatalogueOptions> = {}) {
  let nowMs = 0;
  const questions: { answer(volumes: KnownVolume[]): void; fail(): void }[] = [];
  const changes: string[][] = [];
  const catalogue = new Catalogue({
    list: () =>
      new Promise((resolve, reject) => questions.push({ answer: resolve, fail: () => reject(new Error("away")) })),
    remembered: undefined,
    changed: (volumes) => void changes.push(volumes.map(({ name }) => name)),
    clock: { nowNs: () => nowMs * 1e6 },
    log: () => {},
    times: { patienceMs: 20, pauseMs: 20 },
    ...more,
  });
  return { catalogue, questions, changes, pass: (ms: number) => void (nowMs += ms) };
}

async function filled(...names: string[]) {
  const all = setUp();
  const asked = all.catalogue.all();
  all.questions[0]?.answer(named(...names));
  await asked;
  return all;
}

describe("a catalogue", () => {
  test("asks once for all who want to know at the same time", async () => {
    const { catalogue, questions } = setUp();
    const asked = [catalogue.all(), catalogue.find("a"), catalogue.find("b")];
    expect(questions).toHaveLength(1);
    questions[0]?.answer(named("a"));
    expect(await Promise.all(asked)).toEqual([named("a"), named("a")[0], undefined]);
  });

  test("tells what it knows without asking, for a while; then asks in the background, then waits", async () => {
    const { catalogue, questions, pass } = await filled("a");
    expect(await catalogue.find("a")).toBeDefined();
    expect(questions).toHaveLength(1);
    pass(2000);
    expect(await catalogue.find("a")).toBeDefined();
    expect(questions).toHaveLength(2);
    pass(2000);
    const waiting = catalogue.find("a");
    questions[1]?.answer(named("b"));
    expect(await waiting).toBeUndefined();
  });

  test("asks each time for what it does not know: another host may just have made it", async () => {
    const { catalogue, questions } = await filled("a");
    const found = catalogue.find("b");
    expect(questions).toHaveLength(2);
    questions[1]?.answer(named("a", "b"));
    expect(await found).toBeDefined();
  });

  test("asks again where the question on its way is older than what it is asked for", async () => {
    const { catalogue, questions, pass } = await filled("a");
    const earlier = catalogue.find("b");
    pass(1);
    const later = catalogue.find("b");
    questions[1]?.answer(named("a"));
    expect(await earlier).toBeUndefined();
    await vi.waitFor(() => expect(questions).toHaveLength(3));
    questions[2]?.answer(named("a", "b"));
    expect(await later).toBeDefined();
  });

  test("has no list that is older than half a second, while the back end answers", async () => {
    const { catalogue, questions, pass } = await filled("a");
    pass(200);
    expect(await catalogue.all()).toEqual(named("a"));
    expect(questions).toHaveLength(1);
    pass(400);
    const waiting = catalogue.all();
    questions[1]?.answer(named("a", "b"));
    expect(await waiting).toEqual(named("a", "b"));
  });

  test("keeps what is made and removed here while a question is on its way", async () => {
    const { catalogue, questions, pass, changes } = await filled("a", "b");
    const asked = catalogue.find("x");
    pass(1);
    catalogue.put({ name: "c", status: {} });
    catalogue.drop("a");
    questions[1]?.answer(named("a", "b"));
    await asked;
    expect(catalogue.known().map(({ name }) => name)).toEqual(["b", "c"]);
    expect(changes.at(-1)).toEqual(["b", "c"]);
  });
});

describe("while the back end is away", () => {
  test("what is known stays known and nobody waits for it; what is not known is nobody's to deny", async () => {
    const { catalogue, questions, pass } = await filled("a");
    pass(5000);
    const first = catalogue.find("a");
    questions[1]?.fail();
    expect(await first).toBeDefined();
    expect(catalogue.degraded).toBe("away");
    pass(1000);
    expect(await catalogue.find("a")).toBeDefined();
    const unknown = catalogue.find("b");
    questions[2]?.fail();
    await expect(unknown).rejects.toThrow("away");
    expect(await catalogue.all()).toEqual(named("a"));
  });

  test("a question that hangs holds nobody up who asks for what is known", async () => {
    const { catalogue, questions, pass } = await filled("a");
    pass(5000);
    expect(await catalogue.find("a")).toBeDefined();
    expect(questions).toHaveLength(2);
  });

  test("and was so when the driver started, what was remembered is told", async () => {
    const { catalogue, questions } = setUp({ remembered: named("a") });
    const found = catalogue.find("a");
    questions[0]?.fail();
    expect(await found).toBeDefined();
    expect(await catalogue.all()).toEqual(named("a"));
  });

  test("and nothing was ever known, there is no list: not even of what was made here", async () => {
    const { catalogue, questions } = setUp();
    catalogue.put({ name: "a", status: {} });
    const asked = catalogue.all();
    questions[0]?.fail();
    await expect(asked).rejects.toThrow("away");
  });

  test("it is asked again after a pause, and believed when it is back", async () => {
    const { catalogue, questions, pass } = await filled("a");
    pass(5000);
    const failing = catalogue.find("b");
    questions[1]?.fail();
    await expect(failing).rejects.toThrow("away");
    const found = catalogue.find("b");
    expect(questions).toHaveLength(2);
    await vi.waitFor(() => expect(questions).toHaveLength(3));
    questions[2]?.answer(named("a", "b"));
    expect(await found).toBeDefined();
    expect(catalogue.degraded).toBeUndefined();
  });
});
