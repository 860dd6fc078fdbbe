import { describe, expect, test } from "vitest";
import { knowsNoSize } from "../../../../../test/fixtures/known-bads/in-memory.ts";
import {
  type Defect,
  pathOf,
  rightHandlers,
  startTwoHosts,
  wrong,
} from "../../../../../test/fixtures/mounting-driver.ts";
import { emptyTree, type Tree } from "../../../../../test/fixtures/simulated-host.ts";
import { broken, type CaseTry, hurriedClock, tryCase } from "../../../../../test/fixtures/volume-lab.ts";
import type { Subject } from "../../subject.ts";
import type { VolumeCase } from "../case.ts";
import { appendCases } from "./append.ts";
import { keptCases } from "./kept.ts";
import { ownerCases } from "./owner.ts";
import { quotaCases } from "./quota.ts";

/** Those that need no engine. */
const CASES: readonly VolumeCase[] = [...keptCases, ...ownerCases, ...quotaCases, ...appendCases];
const QUICK: CaseTry = { scale: { patienceMs: 10_000 }, clock: hurriedClock() };

describe("cases of data", () => {
  test.each(CASES)("$id holds for a right driver", async (one) => {
    const result = await tryCase(one, await twoHosts(), QUICK);
    expect(broken(result)).toEqual([]);
    expect(result.skipped).toBeUndefined();
    expect(result.checks).not.toEqual([]);
    expect(result.observations.filter((what) => what.startsWith("afterwards"))).toEqual([]);
  });

  test.each<[string, string, Defect]>([
    ["D02", "A new file is read on the other host.", mounts(copyOf)],
    ["D03", "A small file is as it was written, after Unmount and Mount.", mounts(copyOf)],
    ["D03", "A file of 1 MiB is as it was written, after Unmount, a restart", cutsAtStart],
    ["D04", "Nothing appears in one volume while another is filled.", sharesOneTree],
    ["D04", "Neither volume's path lies in the other's.", nestsVolumes],
    [
      "D05",
      "The root of the volume has the owner and mode that were asked for.",
      mounts((tree) => ({ ...tree, mode: 0o777 })),
    ],
    ["D05", "Create again changes neither owner nor mode.", resetsMode],
    ["D11", "Under a lock every line is there, on each host.", mounts(copyOf)],
  ])("%s notices: %s", async (id, what, defect) => {
    expect(await brokenIn(id, await twoHosts(defect))).toContainEqual(expect.stringContaining(what));
  });

  test("a size is not judged where the profile waits less than it may take", async () => {
    const one = caseOf("D08");
    const result = await tryCase(one, await twoHosts(knowsNoSize), { ...QUICK, scale: { patienceMs: 1000 } });
    expect(result.skipped).toContain("as long as the profile waits");
    expect(broken(result)).toEqual([]);
  });
});

async function brokenIn(id: string, subject: Subject): Promise<string[]> {
  return broken(await tryCase(caseOf(id), subject, QUICK));
}

function caseOf(id: string): VolumeCase {
  return CASES.find((some) => some.id === id) as VolumeCase;
}

async function twoHosts(defect?: Defect): Promise<Subject> {
  const options = { good: {}, other: { mode: "0750", size: "2M" }, bad: [], required: [] };
  return { ...(await startTwoHosts(defect)), options };
}

/** Mounts what `choose` makes of the volume's data. */
function mounts(choose: (tree: Tree) => Tree): Defect {
  return wrong("Mount", ({ cluster, host }) => ({ Name }) => {
    host.mount(pathOf(Name), "volume", choose(cluster.volumes.get(Name) ?? emptyTree()));
    return { Mountpoint: pathOf(Name) };
  });
}

function copyOf(tree: Tree): Tree {
  return { ...tree, entries: new Map(tree.entries) };
}

const cutsAtStart: Defect = ({ restarted, cluster }) => {
  let starts = 0;
  restarted.push(() => {
    if (++starts < 2) return;
    for (const { entries } of cluster.volumes.values()) entries.set("below/long", entries.get("below/long")?.slice(1));
  });
  return {};
};

const sharesOneTree: Defect = ({ cluster }) => {
  const tree = emptyTree();
  return { "VolumeDriver.Create": ({ Name }) => (cluster.volumes.set(Name, tree), {}) };
};

const nestsVolumes: Defect = ({ cluster, host }) => ({
  "VolumeDriver.Mount": ({ Name }) => {
    const outer = host.mounts.find(({ source }) => source === "volume")?.path;
    const path = outer ? `${outer}/${Name}` : pathOf(Name);
    host.mount(path, "volume", cluster.volumes.get(Name) ?? emptyTree());
    return { Mountpoint: path };
  },
});

const resetsMode: Defect = (driver) => ({
  "VolumeDriver.Create": (body, memory) => {
    const tree = driver.cluster.volumes.get(body.Name);
    if (tree) tree.mode = 0o700;
    return rightHandlers(driver)["VolumeDriver.Create"]?.(body, memory) ?? {};
  },
});
