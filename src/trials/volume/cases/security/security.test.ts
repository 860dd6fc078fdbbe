import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../../../test/fixtures/folders.ts";
import { type Defect, pretendView, refusal, type StrictDriver } from "../../../../../test/fixtures/strict-driver.ts";
import { tryDefect } from "../../../../../test/fixtures/try-defect.ts";
import { type BackEnd, type DriverProcess, NotOffered } from "../../subject.ts";
import { securityCases } from "./index.ts";

const seesMounts = (driver: StrictDriver) => ({ mounts: pretendView(driver) });
const takesAll: Defect = (asked, driver) =>
  asked.call === "Create" ? driver.answer({ ...asked, options: {} }) : undefined;

/** A process of which only the state is of interest. */
function withState(statePath: string): DriverProcess {
  return { statePath, log: () => "", pid: () => 1 } as unknown as DriverProcess;
}

function keyFault(): { backEnd: BackEnd; isRefused: () => boolean } {
  let isRefused = false;
  const turn = (to: boolean) => async () => void (isRefused = to);
  const backEnd: BackEnd = { faults: new Set(["key-refused"]), break: turn(true), heal: turn(false) };
  return { backEnd, isRefused: () => isRefused };
}

describe("a driver that is right", () => {
  test("passes S01 to S06", async () => {
    const { backEnd, isRefused } = keyFault();
    const found: Record<string, string> = {};
    for (const { id } of securityCases)
      found[id] = await tryDefect(securityCases, id, {
        defect: ({ call }) => (call === "Mount" && isRefused() ? refusal(500, "the key is not taken") : undefined),
        change: (driver) => ({
          mounts: pretendView(driver, ["nosuid", "nodev"]),
          backEnd,
          process: withState(temporaryFolder()),
        }),
      });
    expect(found).toEqual(Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`S0${at + 1}`, ""])));
  });
});

describe("a driver that the suite has not started", () => {
  test("is tried in S01 though its state is not seen", async () => {
    const hidden = {
      get statePath(): string {
        throw new NotOffered("the state is not seen");
      },
      pid: () => 1,
    };
    const change = () => ({ process: hidden as unknown as DriverProcess });
    expect(await tryDefect(securityCases, "S01", { change })).toBe("");
  });
});

describe("a driver that is wrong", () => {
  test("fails S01 where it shows what it was given", async () => {
    const secrets = new Map<string, string>();
    const defect: Defect = (asked, driver) => {
      if (asked.options["secret"]) secrets.set(asked.name, asked.options["secret"]);
      const said = takesAll(asked, driver) as ReturnType<StrictDriver["answer"]> | undefined;
      if (asked.call !== "Get" || !secrets.has(asked.name)) return said;
      return { status: 200, body: { Volume: { Name: asked.name, Status: { secret: secrets.get(asked.name) } } } };
    };
    expect(await tryDefect(securityCases, "S01", { defect })).toMatch(/No answer shows the secret/);
  });

  test("fails S01 where it writes it down, for all to read", async () => {
    const folder = temporaryFolder();
    fs.chmodSync(folder, 0o755);
    const defect: Defect = (asked, driver) => {
      if (asked.options["password"]) fs.writeFileSync(path.join(folder, "state.json"), asked.bytes, { mode: 0o644 });
      return takesAll(asked, driver);
    };
    const lines = await tryDefect(securityCases, "S01", { defect, change: () => ({ process: withState(folder) }) });
    expect(lines).toMatch(/No file of the driver's state holds the secret/);
    expect(lines).toMatch(/for their owner only. Seen: state.json has mode 0644, its directory 0755/);
    expect(lines).not.toContain("s3cr3t");
  });

  test("fails S02 where it gives the secret to a program", async () => {
    const defect: Defect = async (asked, driver) => {
      const { secret } = asked.options;
      if (!secret) return undefined;
      const child = spawn("sleep", ["5"], { argv0: `mount -o secret=${secret}`, stdio: "ignore" });
      await new Promise((resolve) => child.once("spawn", resolve));
      await new Promise((resolve) => setTimeout(resolve, 100));
      child.kill();
      return driver.answer(asked);
    };
    const lines = await tryDefect(securityCases, "S02", { defect, change: seesMounts });
    expect(lines).toMatch(/No process has the secret in its command line/);
    expect(lines).not.toContain("s3cr3t");
  });

  test("fails S03 where it shows a key, and keeps the old one", async () => {
    const { backEnd, isRefused } = keyFault();
    let wasRefused = false;
    const defect: Defect = ({ call }) => {
      wasRefused ||= isRefused();
      return call === "Mount" && wasRefused ? refusal(500, `mount: -o secret=${"A".repeat(38)}==`) : undefined;
    };
    const lines = await tryDefect(securityCases, "S03", { defect, change: () => ({ backEnd }) });
    expect(lines).toMatch(/nothing that looks like a key[^]*with the new key/);
  });

  test("is not tried in S03 where nobody can change its key", async () => {
    const backEnd: BackEnd = { faults: new Set(), break: async () => {}, heal: async () => {} };
    expect(await tryDefect(securityCases, "S03", { change: () => ({ backEnd }) })).toMatch(/^skipped: .*key-refused/);
  });

  test("fails S04 where everybody can get at its mounts", async () => {
    const change = (driver: StrictDriver) => {
      fs.chmodSync(driver.root, 0o777);
      return seesMounts(driver);
    };
    const lines = await tryDefect(securityCases, "S04", { change });
    expect(lines).toMatch(/is closed to others[^]*can be written by others/);
  });

  test("fails S05 where flags are taken and not kept", async () => {
    expect(await tryDefect(securityCases, "S05", { change: seesMounts })).toMatch(
      /asked to be nosuid and nodev is mounted so/,
    );
  });

  test("is not tried in S05 where nothing asks for flags", async () => {
    const defect: Defect = ({ call, options }) =>
      call === "Create" && Object.keys(options).length > 0 ? refusal(400, "no options") : undefined;
    expect(await tryDefect(securityCases, "S05", { defect, change: seesMounts })).toMatch(
      /^skipped: mounts are neither/,
    );
  });

  test("fails S06 where it takes any option", async () => {
    expect(await tryDefect(securityCases, "S06", { defect: takesAll })).toMatch(
      /Create refuses an option that reaches out/,
    );
  });
});
