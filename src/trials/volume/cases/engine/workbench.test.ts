import { describe, expect, test } from "vitest";
import { broken, tryCase } from "../../../../../test/fixtures/volume-lab.ts";
import { startMemoryDriver } from "../../../../../test/fixtures/memory-driver.ts";
import { namedOptions } from "../../named-options.ts";
import type { EngineHands, EngineVolume, Subject } from "../../subject.ts";
import { volumeCases } from "../index.ts";
import type { CaseContext } from "../case.ts";
import { hasOptions, onTheWay } from "./workbench.ts";

const GOOD = { size: "1G", path: "/of/{name}" };

describe("options of a volume, as an engine tells of them", () => {
  test("are in its order, and filled in", () => {
    expect(hasOptions("v", { path: "/of/v", size: "1G" }, GOOD)).toBe(true);
  });

  test("are not those of another volume, fewer, or none", () => {
    expect(hasOptions("v", { path: "/of/w", size: "1G" }, GOOD)).toBe(false);
    expect(hasOptions("v", { size: "1G" }, GOOD)).toBe(false);
    expect(hasOptions("v", undefined, {})).toBe(false);
  });
});

describe("a volume that is made on the way", () => {
  const mountFor = (good: Record<string, string>) =>
    onTheWay({ subject: { options: { good, bad: [], required: [] } } } as unknown as CaseContext, "v");

  test("has what every Create must be given, and is bound by its name alone where that is nothing", () => {
    expect(mountFor(GOOD)).toEqual({ volume: "v", target: "/v", made: { options: GOOD, labels: {} } });
    expect(mountFor({})).toEqual({ volume: "v", target: "/v" });
  });
});

/** An engine that knows volumes, and no containers. */
function tellingEngine(tell: (volume: EngineVolume) => EngineVolume): EngineHands {
  const volumes = new Map<string, EngineVolume>();
  const hands: Partial<EngineHands> = {
    driver: "d",
    createVolume: async ({ name, options, labels = {} }) => {
      const sorted = Object.entries(namedOptions(options, name)).toSorted(([a], [b]) => (a < b ? -1 : 1));
      const told = { name, driver: "d", scope: "local", labels, status: undefined };
      volumes.set(name, tell({ ...told, options: Object.fromEntries(sorted) }));
    },
    volume: async (name) => volumes.get(name),
    volumes: async () => [...volumes.keys()],
    removeVolume: async (name) => void volumes.delete(name),
  };
  return hands as EngineHands;
}

describe("E02", () => {
  const tryOn = async (engine: EngineHands) => {
    const { subject } = await startMemoryDriver();
    const judged: Subject = { ...subject, engine, options: { ...subject.options, good: GOOD } };
    const isShown = volumeCases.find(({ id }) => id === "E02");
    return isShown ? broken(await tryCase(isShown, judged)) : ["there is no E02"];
  };

  test("holds whatever the order of options, and where one names the volume", async () => {
    expect(await tryOn(tellingEngine((volume) => volume))).toEqual([]);
  });

  test("finds one that forgets them", async () => {
    const found = await tryOn(tellingEngine((volume) => ({ ...volume, options: {} })));
    expect(found).toEqual(["It has the options that it was made with. Seen: {}"]);
  });
});
