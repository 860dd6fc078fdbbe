import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import {
  type Defect,
  done,
  pretendView,
  refusal,
  type StrictDriver,
} from "../../../../../test/fixtures/strict-driver.ts";
import { type DefectTry, tryDefect } from "../../../../../test/fixtures/try-defect.ts";
import { BACK_END_FAULTS, type BackEnd, type DriverProcess } from "../../subject.ts";
import { createCases } from "./index.ts";

/** Create fails while it is broken. */
function pretendBackEnd(): { backEnd: BackEnd; isBroken: () => boolean } {
  let isBroken = false;
  const turn = (to: boolean) => async () => void (isBroken = to);
  const backEnd = { faults: new Set(BACK_END_FAULTS), break: turn(true), heal: turn(false) };
  return { backEnd, isBroken: () => isBroken };
}

/** One that is never really gone, and forgets what it is told to when it is killed. */
function pretendProcess(onKill: () => void = () => {}): DriverProcess {
  const kill = async () => onKill();
  return {
    kill,
    start: async () => 1,
    pid: () => 1,
    log: () => "",
    statePath: "/nonexistent",
  } as unknown as DriverProcess;
}

const seesMounts = (driver: StrictDriver) => ({ mounts: pretendView(driver) });

describe("a driver that is right", () => {
  test("passes C01 to C11, all but what it lacks", async () => {
    const { backEnd, isBroken } = pretendBackEnd();
    const found: Record<string, string> = {};
    for (const { id } of createCases) {
      found[id] = await tryDefect(createCases, id, {
        defect: ({ call }) => (call === "Create" && isBroken() ? refusal(500, "no room") : undefined),
        change: (driver) => ({ ...seesMounts(driver), backEnd, process: pretendProcess() }),
      });
    }
    const expected = Object.fromEntries(createCases.map(({ id }) => [id, ""]));
    expect(found).toEqual({ ...expected, C07: "skipped: the suite was told of no option that is required" });
    expect(Object.keys(found)).toEqual(Array.from({ length: 11 }, (_, at) => `C${String(at + 1).padStart(2, "0")}`));
  });

  test("passes C09 where Create needs nothing of what was broken", async () => {
    const { backEnd } = pretendBackEnd();
    const change = (driver: StrictDriver) => ({ ...seesMounts(driver), backEnd });
    expect(await tryDefect(createCases, "C09", { change })).toBe("");
  });
});

/** Get and List of a driver that puts its names in small letters. */
const smallLetters: Defect = (asked, driver) => {
  const said = driver.answer({ ...asked, name: asked.name.toUpperCase() });
  return ["Create", "Get", "Remove"].includes(asked.call) ? said : undefined;
};

const isSecondCreate = (call: string, name: string, { volumes }: StrictDriver) =>
  call === "Create" && volumes.has(name);

const DEFECTS: readonly [string, string, DefectTry, RegExp][] = [
  ["C01", "changes the letters of names", { defect: smallLetters }, /byte by byte/],
  [
    "C02",
    "refuses a second Create",
    {
      defect: ({ call, name }, driver) =>
        isSecondCreate(call, name, driver) ? refusal(409, "it is there") : undefined,
    },
    /with its own options, succeeds/,
  ],
  [
    "C02",
    "makes the volume anew",
    {
      defect: ({ call, name }, driver) => {
        if (isSecondCreate(call, name, driver))
          fs.rmSync(path.join(driver.root, name), { recursive: true, force: true });
        return undefined;
      },
      change: seesMounts,
    },
    /What was in the volume is in it after Create/,
  ],
  [
    "C03",
    "sets the mode back",
    {
      defect: ({ call, name }, driver) => {
        if (isSecondCreate(call, name, driver)) fs.chmodSync(path.join(driver.root, name), 0o711);
        return undefined;
      },
      change: seesMounts,
    },
    /mode and the owner of the volume's root have not changed/,
  ],
  [
    "C03",
    "tells other options then",
    {
      defect: (asked, driver) => {
        const { call, name, options } = asked;
        if (isSecondCreate(call, name, driver)) modes.set(name, options["mode"] ?? "none");
        return call === "Get" && driver.volumes.has(name)
          ? done({ Volume: { Name: name, Status: { mode: modes.get(name) ?? "0755" } } })
          : undefined;
      },
    },
    /says of the volume's options has not changed/,
  ],
  [
    "C04",
    "lists a part only",
    {
      defect: ({ call }, { volumes }) =>
        call === "List" ? done({ Volumes: [...volumes.keys()].slice(0, 15).map((Name) => ({ Name })) }) : undefined,
    },
    /Each of very many volumes is listed once/,
  ],
  [
    "C05",
    "refuses all but the first without a word",
    {
      defect: async ({ call, name }, { volumes }) => (call === "Create" && volumes.has(name) ? "drop" : undefined),
    },
    /succeeds, or is refused with words/,
  ],
  [
    "C06",
    "takes options that nobody knows",
    {
      defect: (asked, driver) => (asked.call === "Create" ? driver.answer({ ...asked, options: {} }) : undefined),
    },
    /Create refuses options that are not right/,
  ],
  [
    "C06",
    "does not name them",
    {
      defect: ({ call, options }) =>
        call === "Create" && Object.keys(options).length > 0 ? refusal(400, "bad request") : undefined,
    },
    /The refusal names the option/,
  ],
  [
    "C06",
    "makes the volume all the same",
    {
      defect: ({ call, name, options }, { volumes }) => {
        if (call === "Create" && options["mode"] === "999") volumes.set(name, []);
        return undefined;
      },
    },
    /Options that are refused make nothing/,
  ],
  [
    "C08",
    "takes values apart",
    {
      defect: (asked, driver) => (asked.call === "Create" ? driver.answer({ ...asked, options: {} }) : undefined),
      change: (driver) => {
        const view = pretendView(driver);
        let looks = 0;
        return {
          mounts: { ...view, table: async () => pretendView(driver, looks++ === 0 ? [] : ["noexec"]).table() },
        };
      },
    },
    /No part of a value has become an option of the mount/,
  ],
  [
    "C11",
    "lists what it has removed",
    {
      defect: (asked) => {
        if (asked.call === "Create") everMade.add(asked.name);
        return asked.call === "List" ? done({ Volumes: [...everMade].map((Name) => ({ Name })) }) : undefined;
      },
    },
    /Get, List and Mount agree/,
  ],
];

const modes = new Map<string, string>();
const everMade = new Set<string>();

describe("a driver that is wrong", () => {
  for (const [id, words, how, complaint] of DEFECTS)
    test(`fails ${id} where it ${words}`, async () => {
      expect(await tryDefect(createCases, id, how)).toMatch(complaint);
    });

  test("fails C09 where it notes what it could not make", async () => {
    const { backEnd, isBroken } = pretendBackEnd();
    const defect: Defect = ({ call, name }, { volumes }) => {
      if (call !== "Create" || !isBroken()) return undefined;
      volumes.set(name, []);
      return refusal(500, "no room");
    };
    expect(await tryDefect(createCases, "C09", { defect, change: () => ({ backEnd }) })).toMatch(
      /that could not be made/,
    );
  });

  test("fails C09 where it says that it made what it could not make", async () => {
    const { backEnd, isBroken } = pretendBackEnd();
    const defect: Defect = ({ call }) => (call === "Create" && isBroken() ? done({}) : undefined);
    expect(await tryDefect(createCases, "C09", { defect, change: () => ({ backEnd }) })).toMatch(
      /whose Create succeeded is there/,
    );
  });

  test("fails C09 where the volume that it said it made keeps nothing", async () => {
    const { backEnd } = pretendBackEnd();
    const defect: Defect = ({ call, name }, { root }) => {
      if (call === "Unmount") fs.rmSync(path.join(root, name), { recursive: true, force: true });
      return undefined;
    };
    const change = (driver: StrictDriver) => ({ backEnd, mounts: pretendView(driver) });
    expect(await tryDefect(createCases, "C09", { defect, change })).toMatch(/succeeded keeps what is in it/);
  });

  test("fails C10 where it forgets what it has answered", async () => {
    const change = ({ volumes }: StrictDriver) => ({ process: pretendProcess(() => volumes.clear()) });
    expect(await tryDefect(createCases, "C10", { change })).toMatch(/whose Create was answered is there after a kill/);
  });
});
