import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  type Asked,
  type Defect,
  done,
  pretendView,
  type Said,
  type StrictDriver,
} from "../../../../../test/fixtures/strict-driver.ts";
import { type DefectTry, tryDefect } from "../../../../../test/fixtures/try-defect.ts";
import { nameCases } from "./index.ts";

const seesMounts = (driver: StrictDriver) => ({ mounts: pretendView(driver) });
const servedByUs = (driver: StrictDriver) => ({
  ...seesMounts(driver),
  fresh: () => Promise.reject(new Error("no other")),
});

describe("a driver that is right", () => {
  test("passes N01 to N08", async () => {
    const found: Record<string, string> = {};
    for (const { id } of nameCases) found[id] = await tryDefect(nameCases, id, { change: servedByUs });
    expect(found).toEqual(Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`N0${at + 1}`, ""])));
  });

  test("passes with nothing but its socket seen", async () => {
    for (const { id } of nameCases) expect(await tryDefect(nameCases, id)).toBe("");
  });

  test("passes where it takes all names, and keeps them apart", async () => {
    for (const id of ["N02", "N03", "N05", "N06", "N07"])
      expect(await tryDefect(nameCases, id, { defect: encodingAll, change: servedByUs })).toBe("");
  });

  test("is not blamed for its names where it mounts at a place that is named by the ID", async () => {
    for (const id of ["N05", "N06"])
      expect(await tryDefect(nameCases, id, { defect: mountingById, change: seesMounts })).toBe("");
  });
});

/** What a driver does that knows a volume by another text than its name; `shown` is the one that Get and List give. */
function knownBy(key: (name: string) => string, shown: (name: string, key: string) => string = (name) => name): Defect {
  const names = new Map<string, string>();
  return (asked, driver) => {
    if (asked.call !== "List" && (asked.name === "" || asked.name.includes("\u0000"))) return undefined;
    const name = asked.call === "List" ? "" : key(asked.name);
    if (asked.call === "Create" && !names.has(name)) names.set(name, asked.name);
    const said = driver.answer({ ...asked, name });
    return said === "drop" ? said : renamed(said, (one) => shown(names.get(one) ?? one, one));
  };
}

function renamed(said: Exclude<Said, "drop">, name: (one: string) => string): Said {
  const body = said.body as { Volume?: { Name: string }; Volumes?: { Name: string }[] };
  const { Volume, Volumes } = body;
  const told = <T extends { Name: string }>(volume: T): T => ({ ...volume, Name: name(volume.Name) });
  return {
    ...said,
    body: { ...body, ...(Volume && { Volume: told(Volume) }), ...(Volumes && { Volumes: Volumes.map(told) }) },
  };
}

/** Short enough for the driver in memory, and one for each name. */
const encodingAll: Defect = (() => {
  const keys = new Map<string, string>();
  const names: string[] = [];
  const keyOf = (name: string) => {
    if (!keys.has(name)) keys.set(name, `v${names.push(name)}`);
    return keys.get(name) ?? "";
  };
  return knownBy(keyOf, (_, key) => names[Number(key.slice(1)) - 1] ?? key);
})();

/** So that volumes with one ID, as Podman has them, are at one place. */
const mountingById: Defect = (asked, driver) => {
  if (asked.call !== "Mount" || asked.id === "") return undefined;
  const said = driver.answer(asked);
  if (said === "drop" || said.status !== 200) return said;
  const Mountpoint = path.join(driver.root, asked.id);
  fs.mkdirSync(Mountpoint, { recursive: true });
  return done({ Mountpoint });
};

/** Joins the name into a path below its volumes, as so many do. */
function joining(act: (place: string, asked: Asked) => void): Defect {
  return (asked, driver) => {
    if (asked.name === "" || asked.name.includes("\u0000")) return undefined;
    if (!["Create", "Remove", "Mount"].includes(asked.call)) return undefined;
    act(path.join(driver.root, asked.name), asked);
    return undefined;
  };
}

const makesDirectories = joining((place, { call }) => {
  if (call === "Create" && place.length < 200) fs.mkdirSync(place, { recursive: true });
});

/** Whatever was mentioned, and only what a test has made: all of it lies in the test's own folder. */
const removesFiles: Defect = (asked, driver) => {
  if (asked.call !== "Remove" || !asked.name.startsWith("../")) return undefined;
  const above = path.dirname(driver.root);
  for (const file of fs.readdirSync(above).filter((one) => one.startsWith("seatrial-")))
    fs.rmSync(path.join(above, file));
  return undefined;
};

const runsNames: Defect = ({ call, name }, { root }) => {
  if (call !== "Create" || name.includes("/")) return undefined;
  spawnSync("sh", ["-c", `true ${name.replaceAll("\u0000", "")}`], { cwd: path.dirname(root), stdio: "ignore" });
  return undefined;
};

const DEFECTS: readonly [string, string, DefectTry, RegExp][] = [
  [
    "N01",
    "takes no digit first",
    { defect: (asked, driver) => (/^\d/.test(asked.name) ? driver.answer({ ...asked, name: "?" }) : undefined) },
    /A plain name is accepted/,
  ],
  [
    "N02",
    "joins names into paths",
    { defect: makesDirectories, change: seesMounts },
    /leave nothing outside the driver's root/,
  ],
  [
    "N02",
    "takes the last part of a path",
    { defect: knownBy((name) => path.basename(name)) },
    /byte by byte|nothing is mounted|is still there/,
  ],
  [
    "N03",
    "gives names to a shell",
    { defect: runsNames, change: seesMounts },
    /leave nothing outside the driver's root/,
  ],
  [
    "N04",
    "ends names at NUL",
    { defect: (asked, driver) => driver.answer({ ...asked, name: asked.name.split("\u0000")[0] ?? "" }) },
    /refuses a name with control characters[^]*under a part of such a name/,
  ],
  [
    "N05",
    "cuts names",
    { defect: knownBy((name) => name.slice(0, 100)) },
    /not found because another one is there|byte by byte/,
  ],
  [
    "N06",
    "folds letters",
    { defect: knownBy((name) => name.toLowerCase().replaceAll(/[^a-z0-9-]/g, "_")) },
    /not found because another one is there/,
  ],
  [
    "N07",
    "has the root for the empty name",
    {
      defect: ({ call, name }, { root }) =>
        name === "" && call === "Get" ? done({ Volume: { Name: "", Mountpoint: root } }) : undefined,
    },
    /Get of the empty name finds nothing/,
  ],
  [
    "N07",
    "finds its own files",
    {
      defect: ({ call, name }) =>
        name === "state" && call === "Get" ? done({ Volume: { Name: "state" } }) : undefined,
    },
    /Get finds nothing under a name that is the driver's own/,
  ],
  [
    "N08",
    "removes what lies beside its root",
    { defect: removesFiles, change: seesMounts },
    /remove nothing outside the driver's root/,
  ],
  [
    "N08",
    "mounts what is not there",
    {
      defect: (asked, { root }) =>
        asked.call === "Mount" && /[/]/.test(asked.name)
          ? done({ Mountpoint: path.join(root, asked.name) })
          : undefined,
    },
    /Path and Mount of a name that no volume has are errors/,
  ],
];

describe("a driver that is wrong", () => {
  for (const [id, words, how, complaint] of DEFECTS)
    test(`fails ${id} where it ${words}`, async () => {
      expect(await tryDefect(nameCases, id, how)).toMatch(complaint);
    });
});
