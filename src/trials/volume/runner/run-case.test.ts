import { describe, expect, test } from "vitest";
import { type Handler, startMemoryDriver } from "../../../../test/fixtures/memory-driver.ts";
import { broken, tryCase } from "../../../../test/fixtures/volume-lab.ts";
import type { CaseContext, VolumeCase } from "../cases/case.ts";
import { NotOffered, type Subject } from "../subject.ts";
import { told } from "../cases/case.ts";

const caseOf = (run: (context: CaseContext) => Promise<void>, more: Partial<VolumeCase> = {}): VolumeCase => ({
  id: "T01",
  title: "a case",
  severity: "low",
  action: "Something is done.",
  requirement: "Something holds.",
  reason: "An engine does something.",
  needs: [],
  run,
  ...more,
});

const refuse: Handler = () => ({ Err: "not today" });

describe("what a case has made is gone after it", () => {
  test("volumes and mounts, whatever happened", async () => {
    await using driver = await startMemoryDriver();
    const leave = caseOf(async (context: CaseContext) => {
      const { volume, mount, mountId, driver: client, name } = context;
      const made = await volume();
      const id = mountId();
      await mount(made, id);
      await mount(made, id);
      await client.mount(await volume(), mountId());
      await client.create("../odd name", null);
      await client.create(name(), null);
      context.demand("All is well.", false, "it is not");
    });
    expect(broken(await tryCase(leave, driver.subject))).toEqual(["All is well. Seen: it is not"]);
    expect([...driver.volumes]).toEqual([]);
  });

  test("volumes that were made past the case's client", async () => {
    await using driver = await startMemoryDriver();
    const aside = caseOf(async ({ name, subject, check }) => {
      const client = subject.client();
      check("Create works.", (await client.create(name())).ok, "it does");
      client.close();
    });
    await tryCase(aside, driver.subject);
    expect(driver.volumes.size).toBe(0);
  });

  test("what refuses to go is told, and fails nothing", async () => {
    await using driver = await startMemoryDriver({ "VolumeDriver.Remove": refuse });
    const make = caseOf(async ({ volume, check }) => void check("It is made.", (await volume()) !== "", ""));
    const { checks, observations } = await tryCase(make, driver.subject);
    expect(checks).toMatchObject([{ what: "It is made.", holds: true }]);
    expect(observations).toEqual([expect.stringMatching(/^afterwards, could not remove 1 of its volumes: "t01-/)]);
  });

  test("what was deferred is undone last first, also when one of them fails", async () => {
    await using driver = await startMemoryDriver();
    const done: string[] = [];
    const deferring = caseOf(async ({ defer, check }) => {
      defer(async () => void done.push("first"));
      defer(() => Promise.reject(new Error("stuck")));
      defer(async () => void done.push("last"));
      check("It holds.", true, "it does");
    });
    const { observations } = await tryCase(deferring, driver.subject);
    expect(done).toEqual(["last", "first"]);
    expect(observations).toEqual(["afterwards, could not undo a step: stuck"]);
  });

  test("a driver that answers nothing more does not hold the run up", async () => {
    await using driver = await startMemoryDriver({ "VolumeDriver.Unmount": () => "drop" });
    const mounted = caseOf(async ({ volume, mount, mountId, check }) => {
      const name = await volume();
      check("It is mounted.", (await mount(name, mountId())) !== "", "it is");
    });
    const { observations } = await tryCase(mounted, driver.subject);
    expect(observations).toEqual(["afterwards, the driver answers nothing more: 1 mounts were not taken away"]);
  });
});

describe("what is recorded", () => {
  test("a step that goes wrong ends the case and points at its exchange", async () => {
    await using driver = await startMemoryDriver({ "VolumeDriver.Mount": refuse });
    const mounting = caseOf(async ({ volume, mount, mountId, check }) => {
      await mount(await volume(), mountId());
      check("This is never looked at.", false, "");
    });
    const { checks, exchanges, exchangeCount } = await tryCase(mounting, driver.subject);
    expect(checks).toEqual([
      expect.objectContaining({ what: "Mount of an existing volume answers a path.", holds: false, exchange: 1 }),
    ]);
    expect(checks[0]?.seen).toContain("not today");
    expect(exchanges[1]).toMatchObject({ call: "VolumeDriver.Mount", status: 500 });
    expect(exchangeCount).toBe(2);
  });

  test("of many exchanges the first, the last, and the one that a failing check points at", async () => {
    await using driver = await startMemoryDriver();
    const busy = caseOf(async ({ driver: client, check }) => {
      for (let i = 0; i < 200; i++) {
        const answer = await client.get(`v${i}`);
        check("Every volume is found.", i !== 100, told(answer));
      }
    });
    const { checks, exchanges, exchangeCount } = await tryCase(busy, driver.subject);
    expect(exchangeCount).toBe(200);
    expect(exchanges).toHaveLength(81);
    expect(checks.map(({ holds, times }) => [holds, times])).toEqual([
      [true, 199],
      [false, undefined],
    ]);
    expect(exchanges[checks[1]?.exchange ?? -1]?.sent).toContain("v100");
  });

  test("a skip says why, and nothing else is judged", async () => {
    await using driver = await startMemoryDriver();
    const skipping = caseOf(async ({ skip }) => skip("the driver takes no options"));
    expect(await tryCase(skipping, driver.subject)).toMatchObject({
      skipped: "the driver takes no options",
      checks: [],
    });
  });

  test("a need that the subject lacks is a skip, and nothing is called", async () => {
    await using driver = await startMemoryDriver();
    const needy = caseOf(() => Promise.reject(new Error("run")), { needs: ["back-end", "mounts"] });
    const { skipped } = await tryCase(needy, driver.subject);
    expect(skipped).toBe("what the driver mounts cannot be seen; what the driver stands on cannot be broken");
    expect(driver.calls).toEqual([]);
  });

  test("what a subject does not offer after all is a skip", async () => {
    await using driver = await startMemoryDriver();
    const asking = caseOf(() => Promise.reject(new NotOffered("this host cannot be rebooted")));
    expect(await tryCase(asking, driver.subject)).toMatchObject({ skipped: "this host cannot be rebooted" });
  });

  test("a defect of the case itself is told beside what it had found", async () => {
    await using driver = await startMemoryDriver();
    const defective = caseOf(async ({ check }) => {
      check("It holds.", false, "it does not");
      throw new TypeError("undefined is not a function");
    });
    await expect(tryCase(defective, driver.subject)).rejects.toThrow("T01 broke: undefined is not a function");
  });

  test("a case that comes to no end is broken off", async () => {
    await using driver = await startMemoryDriver();
    const endless = caseOf(() => new Promise(() => {}));
    await expect(tryCase(endless, driver.subject, { limitMs: 20 })).rejects.toThrow("it had not come to its end");
  });

  test("a driver that a case brought down, though it should not, breaks the case", async () => {
    const driver = await startMemoryDriver();
    const killing = caseOf(async ({ check }) => {
      await driver.stop();
      check("It holds.", true, "it does");
    });
    expect(broken(await tryCase(killing, driver.subject))).toEqual([
      "The driver still runs after the case. Seen: nobody listens on its socket",
    ]);
  });
});

test("a driver that a case has ended is started again, and its back end made whole", async () => {
  await using driver = await startMemoryDriver();
  const done: string[] = [];
  let pid: number | undefined = 7;
  const act = (what: string, next: number | undefined) => async () => {
    done.push(what);
    pid = next;
  };
  const process = { pid: () => pid, kill: act("kill", undefined), start: act("start", 8), log: () => "" };
  const backEnd = { faults: new Set(["away"]), break: act("break", 7), heal: async () => void done.push("heal") };
  const subject = { ...driver.subject, process, backEnd } as unknown as Subject;
  const killing = caseOf(
    async (context: CaseContext) => {
      await context.volume();
      await context.subject.backEnd?.break("away");
      await context.subject.process?.kill();
      context.check("It holds.", true, "it does");
    },
    { needs: ["process", "back-end"] },
  );
  await tryCase(killing, subject);
  expect(done).toEqual(["break", "kill", "heal", "start"]);
  expect(driver.volumes.size).toBe(0);
});

test("an interrupt ends a case at its next look, and still takes away what it made", async () => {
  await using driver = await startMemoryDriver();
  const interrupt = new AbortController();
  const interrupted = caseOf(async ({ volume, check }) => {
    await volume();
    interrupt.abort(new Error("enough"));
    check("This is not recorded.", false, "");
  });
  await expect(tryCase(interrupted, driver.subject, { signal: interrupt.signal })).rejects.toThrow("enough");
  expect(driver.volumes.size).toBe(0);
});

test("the same seed draws the same, another case something else", async () => {
  await using driver = await startMemoryDriver();
  const drawn: string[] = [];
  const draw = async ({ mountId, random, check }: CaseContext) => {
    drawn.push(`${mountId()} ${random.below(1e9)}`);
    check("It holds.", true, "it does");
  };
  for (const id of ["T01", "T01", "T02"]) await tryCase(caseOf(draw, { id }), driver.subject);
  expect(drawn[0]).toBe(drawn[1]);
  expect(drawn[0]).not.toBe(drawn[2]);
});
