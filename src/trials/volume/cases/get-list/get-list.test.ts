import { describe, expect, test } from "vitest";
import type { Handler } from "../../../../../test/fixtures/memory-driver.ts";
import {
  type Defect,
  pathOf,
  rightHandlers,
  startMountingDriver,
  startTwoHosts,
  wrong,
} from "../../../../../test/fixtures/mounting-driver.ts";
import { broken, type CaseTry, hurriedClock, tryCase } from "../../../../../test/fixtures/volume-lab.ts";
import type { Subject } from "../../subject.ts";
import type { VolumeCase } from "../case.ts";
import { getListCases } from "./index.ts";

const QUICK: CaseTry = { scale: { patienceMs: 1000, repeats: 1 }, clock: hurriedClock() };

describe("cases of Get and List", () => {
  test.each(getListCases)("$id holds for a right driver", async (one) => {
    const result = await tryCase(one, await startTwoHosts(), QUICK);
    expect(broken(result)).toEqual([]);
    expect(result.skipped).toBeUndefined();
    expect(result.checks).not.toEqual([]);
    expect(result.observations.filter((what) => what.startsWith("afterwards"))).toEqual([]);
  });

  test.each<[string, string, Defect]>([
    ["G01", "List has each volume that was made exactly once.", lists((names) => names.slice(1))],
    ["G01", "List has each volume that was made exactly once.", lists((names) => [...names, ...names])],
    ["G01", "What List has is a volume to Get as well.", lists((names) => [...names, ".trash"])],
    ["G02", "The name is the one that was asked for, byte by byte.", tells((Name) => ({ Name: Name.toUpperCase() }))],
    ["G02", "CreatedAt is absent or a time of RFC 3339.", tells((Name) => ({ Name, CreatedAt: "" }))],
    ["G02", "CreatedAt is absent or a time of RFC 3339.", tells((Name) => ({ Name, CreatedAt: "Fri Nov 20 2026" }))],
    ["G02", "Mountpoint is absent or text.", tells((Name) => ({ Name, Mountpoint: 7 }))],
    ["G02", "Status is absent or a JSON object.", tells((Name) => ({ Name, Status: ["ready"] }))],
    [
      "G03",
      "Get of a missing volume is answered with an error or with no volume.",
      get(({ Name }) => ({ Volume: { Name } })),
    ],
    ["G03", "Get of a missing volume is answered with an error or with no volume.", get(() => "drop")],
    ["G04", "The Mountpoint of a volume that is not mounted", tells((Name) => ({ Name, Mountpoint: "/elsewhere" }))],
    ["G05", "Get, List and Path name the path", wrong("Path", () => () => ({ Mountpoint: "/elsewhere" }))],
    ["G05", "Path succeeds while the volume is mounted.", wrong("Path", () => () => ({ Err: "not implemented" }))],
    ["G06", "The number of users that Status tells is right.", tells((Name) => ({ Name, Status: { references: 1 } }))],
    ["G09", "Each volume is found right after the start.", forgetsAtStart],
    ["G10", "List has each of very many volumes once.", lists((names) => names.slice(0, 10))],
    ["G11", "Get answers within 1 s while mounts hang.", oneLock],
  ])("%s notices: %s", async (id, what, defect) => {
    const { subject } = await startMountingDriver(defect);
    expect(await brokenIn(id, subject)).toContainEqual(expect.stringContaining(what));
  });

  test.each<[string, string, Subject["scope"], Defect]>([
    ["G07", "Get of a volume that exists is answered with it, or not at all.", "local", inOutage(get(refuse))],
    ["G07", "List has the volumes that exist.", "local", inOutage(lists(() => []))],
    ["G07", "Get finds the volume when the outage is over.", "local", forgetsInOutage],
    ["G08", "Get of an unknown name is not answered.", "global", inOutage(deniesWhatIsGone)],
    ["G08", "A driver that was started in the outage", "local", startsEmptyInOutage],
    ["G14", "Get of a volume that exists is answered with it, or not at all.", "local", inOutage(get(refuse))],
    ["G14", "A volume whose Create succeeded is there.", "local", inOutage(wrong("Create", () => () => ({})))],
  ])("%s notices: %s", async (id, what, scope, defect) => {
    const { subject } = await startMountingDriver(defect);
    expect(await brokenIn(id, { ...subject, scope })).toContainEqual(expect.stringContaining(what));
  });

  test.each<[string, string, Defect]>([
    ["G12", "Get finds it here within 5 s.", knowsItsOwnOnly],
    ["G13", "Get denies it here within 5 s.", neverForgets],
    ["G13", "Mount refuses it with an error.", mountsAnything],
    ["G13", "Get knows a volume as long as it is mounted here.", deniesWhatIsGone],
  ])(
    "%s notices: %s",
    async (id, what, defect) => {
      expect(await brokenIn(id, await startTwoHosts(defect))).toContainEqual(expect.stringContaining(what));
    },
    60_000,
  );
});

async function brokenIn(id: string, subject: Subject): Promise<string[]> {
  const one = getListCases.find((some) => some.id === id) as VolumeCase;
  return broken(await tryCase(one, subject, QUICK));
}

function get(handler: Handler): Defect {
  return wrong("Get", () => handler);
}

function lists(change: (names: string[]) => string[]): Defect {
  return wrong("List", ({ cluster }) => () => ({
    Volumes: change([...cluster.volumes.keys()]).map((Name) => ({ Name })),
  }));
}

function tells(volume: (name: string) => Record<string, unknown>): Defect {
  return wrong(
    "Get",
    ({ cluster }) =>
      ({ Name }) =>
        cluster.volumes.has(Name) ? { Volume: volume(Name) } : refuse(),
  );
}

/** The defect shows only while the back end is away. */
function inOutage(defect: Defect): Defect {
  return (driver) => {
    const right = rightHandlers(driver);
    const spoilt = defect(driver);
    const { faults } = driver.cluster;
    const pick = (call: string) => (faults.has("away") || faults.has("starting") ? spoilt : right)[call] as Handler;
    return Object.fromEntries(Object.keys(spoilt).map((call) => [call, (body, memory) => pick(call)(body, memory)]));
  };
}

function refuse() {
  return { Err: "no such volume" };
}

const deniesWhatIsGone = wrong(
  "Get",
  ({ cluster }) =>
    ({ Name }) =>
      cluster.volumes.has(Name) ? { Volume: { Name } } : refuse(),
);

const oneLock = wrong("Get", ({ cluster }) => async ({ Name }) => {
  for (let waits = 0; cluster.faults.has("mount-hangs") && waits < 110; waits++)
    await new Promise((resolve) => setTimeout(resolve, 10));
  return { Volume: { Name } };
});

const forgetsInOutage = inOutage(
  wrong("Get", ({ cluster }) => ({ Name }) => {
    cluster.volumes.delete(Name);
    return "drop";
  }),
);

const mountsAnything = wrong(
  "Mount",
  ({ cluster }) =>
    ({ Name }) =>
      cluster.volumes.has(Name) ? { Mountpoint: pathOf(Name) } : { Mountpoint: "/volumes/stand-in" },
);

const forgetsAtStart: Defect = ({ restarted, cluster }) => {
  restarted.push(() => cluster.volumes.clear());
  return {};
};

const startsEmptyInOutage: Defect = (driver) => {
  let isEmpty = false;
  driver.restarted.push(() => {
    isEmpty = true;
  });
  const right = rightHandlers(driver)["VolumeDriver.Get"] as Handler;
  return {
    "VolumeDriver.Get": (body, memory) =>
      isEmpty && driver.cluster.faults.has("away") ? refuse() : right(body, memory),
  };
};

const knowsItsOwnOnly: Defect = (driver) => {
  const right = rightHandlers(driver);
  const own = new Set<string>();
  return {
    "VolumeDriver.Create": (body, memory) => (
      own.add(body.Name), (right["VolumeDriver.Create"] as Handler)(body, memory)
    ),
    "VolumeDriver.Get": (body, memory) =>
      own.has(body.Name) ? (right["VolumeDriver.Get"] as Handler)(body, memory) : refuse(),
  };
};

const neverForgets: Defect = ({ cluster }) => {
  const seen = new Set<string>();
  return {
    "VolumeDriver.Get": ({ Name }) => {
      if (cluster.volumes.has(Name)) seen.add(Name);
      return seen.has(Name) ? { Volume: { Name } } : refuse();
    },
  };
};
