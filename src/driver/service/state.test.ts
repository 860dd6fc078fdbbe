import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { LogFields } from "../../core/log.ts";
import { openState } from "./state.ts";

const directories: string[] = [];
afterEach(() => {
  for (const directory of directories.splice(0)) fs.rmSync(directory, { recursive: true });
});

function directoryOf(): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "seatrial-state-"));
  directories.push(directory);
  return directory;
}

function open(directory: string, seesContainers = true) {
  const said: (LogFields & { event: string })[] = [];
  const log = (_level: string, event: string, fields: LogFields = {}) => void said.push({ event, ...fields });
  return { said, state: openState({ directory, clock: { wallTime: () => new Date(0) }, log, seesContainers }) };
}

const MOUNT = { device: "0:1", root: "/v", type: "ext4" };

async function saved(): Promise<string> {
  const directory = directoryOf();
  const { state } = open(directory);
  state.references.beginEpoch();
  state.references.add("v", "a");
  state.references.add("v", "a");
  state.mounts.set("v", MOUNT);
  await state.save();
  return directory;
}

describe("the state", () => {
  test("is what it was, and for its owner's eyes only", async () => {
    const directory = await saved();
    expect(fs.statSync(path.join(directory, "state.json")).mode & 0o777).toBe(0o600);
    const { state, said } = open(directory);
    expect(said).toEqual([]);
    expect(state.references.epoch).toBe(2);
    expect(state.references.held("v")).toEqual({ current: 0, restored: 2 });
    expect(state.mounts.get("v")).toEqual(MOUNT);
    expect(fs.readdirSync(directory)).toEqual(["state.json"]);
  });

  test("is doubted once its driver was killed, until nothing is counted, and not after one that has answered everybody", async () => {
    const directory = await saved();
    await open(directory).state.close(true);
    const { state } = open(directory);
    expect(state.references.held("v").restored).toBe(2);
    state.references.drop("v", "a");
    state.references.drop("v", "a");
    state.references.add("v", "b");
    await state.close(true);
    expect(open(directory).state.references.held("v")).toEqual({ current: 1, restored: 0 });
  });

  test("is doubted once its driver has ended in the middle of a call", async () => {
    const directory = await saved();
    const { state } = open(directory);
    for (const id of ["a", "a"]) state.references.drop("v", id);
    state.references.add("v", "b");
    await state.close(false);
    expect(open(directory).state.references.held("v")).toEqual({ current: 0, restored: 1 });
  });

  test("is believed where nobody can see who has a volume", async () => {
    const { state } = open(await saved(), false);
    expect(state.references.held("v")).toEqual({ current: 2, restored: 0 });
  });

  test("of another boot has neither mounts nor references", async () => {
    const directory = await saved();
    const file = path.join(directory, "state.json");
    const [text = ""] = fs.readFileSync(file, "utf8").split("\n");
    const { seal } = await import("../sealed.ts");
    fs.writeFileSync(file, seal({ ...(JSON.parse(text) as object), bootId: "another" }));
    const { state, said } = open(directory);
    expect(said).toEqual([]);
    expect([state.references.epoch, state.references.isHeld("v"), state.mounts.size]).toEqual([2, false, 0]);
  });

  test.each([
    ["cut", (text: string) => text.slice(0, 40)],
    ["changed", (text: string) => text.replace('"count":2', '"count":1')],
    ["empty", () => ""],
    ["of a format that is not known", () => '{"format":99}\n'],
  ])("that is %s is kept beside, loudly, and begun anew", async (_what, change) => {
    const directory = await saved();
    const file = path.join(directory, "state.json");
    const broken = change(fs.readFileSync(file, "utf8"));
    fs.writeFileSync(file, broken);
    const { state, said } = open(directory);
    expect(said.map(({ event }) => event)).toEqual(["state-unreadable"]);
    expect(state.references.isHeld("v")).toBe(false);
    const [aside = ""] = fs.readdirSync(directory);
    expect(aside).toBe("state.json.broken-1970-01-01T00-00-00.000Z");
    expect(fs.readFileSync(path.join(directory, aside), "utf8")).toBe(broken);
  });

  test("that cannot be saved is an error for whoever waits for it", async () => {
    const directory = directoryOf();
    const { state } = open(directory);
    fs.mkdirSync(path.join(directory, "state.json.new"));
    await expect(state.save()).rejects.toMatchObject({ code: "STATE_UNUSABLE" });
    fs.rmdirSync(path.join(directory, "state.json.new"));
    await state.save();
    expect(fs.existsSync(path.join(directory, "state.json"))).toBe(true);
  });
});
