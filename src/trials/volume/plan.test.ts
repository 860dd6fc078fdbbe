import { describe, expect, test } from "vitest";
import { volumeCases } from "./cases/index.ts";
import { volumeFlags, volumeProfiles, volumeTrialOptions } from "./options.ts";
import { planVolume } from "./plan.ts";

const plan = (options: Record<string, unknown> = {}) => planVolume(volumeTrialOptions.parse(options));

const codeOf = (make: () => unknown): string => {
  try {
    make();
  } catch (error) {
    return (error as { code: string }).code;
  }
  return "";
};

describe("which cases are tried", () => {
  const idsOf = (options: Record<string, unknown>) => plan(options).steps.cases;

  test("all, in the table's order, unless told", () => {
    expect(idsOf({})).toEqual(volumeCases.map(({ id }) => id));
    expect(plan().steps.leftOut).toEqual([]);
  });

  test("by ID or by group, in any case of letters", () => {
    expect(idsOf({ focus: ["m06", "P01"] })).toEqual(["P01", "M06"]);
    const focused = idsOf({ focus: ["D", "G01"] });
    expect(focused).toContain("G01");
    expect(focused.filter((id) => !id.startsWith("D"))).toEqual(["G01"]);
    expect(idsOf({ focus: ["M"], skip: ["M06"] })).not.toContain("M06");
    expect(plan({ skip: ["P"] }).steps.leftOut).toContain("P01");
  });

  test("one that there is not is an error, and so is none", () => {
    expect(codeOf(() => plan({ focus: ["M99"] }))).toBe("VOLUME_CASE_UNKNOWN");
    expect(codeOf(() => plan({ skip: ["nothing"] }))).toBe("VOLUME_CASE_UNKNOWN");
    expect(codeOf(() => plan({ focus: ["M06"], skip: ["M"] }))).toBe("VOLUME_NO_CASE");
  });
});

describe("which driver is meant", () => {
  test("Seatrial's own, one to start, or one that runs", () => {
    expect(plan().steps.subject).toBe("own");
    expect(plan({ serve: "driver {socket}" }).steps.subject).toBe("served");
    expect(plan({ socket: "/run/driver.sock" }).steps.subject).toBe("running");
    expect(plan({ driver: "local", yes: true }).steps.subject).toBe("registered");
  });

  const running = { socket: "/run/driver.sock" };
  test.each<[string, Record<string, unknown>, string]>([
    ["two drivers", { serve: "driver", ...running }, "VOLUME_SUBJECT"],
    ["a mount root of a driver that is served", { serve: "driver", mountRoot: "/mnt" }, "VOLUME_SUBJECT"],
    ["a second host of a driver that is served", { peerSocket: "/run/b.sock" }, "VOLUME_SUBJECT"],
    ["commands for a driver that is served", { commands: { start: "start" } }, "VOLUME_SUBJECT"],
    ["a kill without a start", { ...running, commands: { kill: "kill" } }, "VOLUME_SUBJECT"],
    ["a start", { ...running, commands: { start: "start" } }, ""],
    ["a fault without healing", { ...running, faultCommands: { away: "cut" } }, "VOLUME_SUBJECT"],
    ["a fault with healing", { serve: "driver", faultCommands: { away: "cut" }, commands: { heal: "mend" } }, ""],
    ["faults without a driver", { controlFaults: ["away"] }, "VOLUME_SUBJECT"],
    ["a driver on the user's engine", { driver: "local" }, "VOLUME_SUBJECT"],
    ["a driver on the user's engine, as the user allows", { driver: "local", yes: true }, ""],
    ["a second engine beside the user's", { driver: "d", yes: true, peerEngine: "unix:///run/2" }, ""],
    ["a second engine beside none", { ...running, peerEngine: "unix:///run/2" }, "VOLUME_SUBJECT"],
    [
      "a second engine without the driver's socket there",
      { ...running, driver: "d", yes: true, peerEngine: "tcp://h:1" },
      "VOLUME_SUBJECT",
    ],
    ["an engine's own driver on one of the suite's", { driver: "local", engine: "private" }, ""],
    ["a driver to start that an engine knows", { serve: "driver", driver: "d", yes: true }, "VOLUME_SUBJECT"],
    ["an engine of the suite's that cannot know a driver", { ...running, engine: "private" }, "VOLUME_SUBJECT"],
    ["an image without an engine", { image: "busybox" }, "VOLUME_SUBJECT"],
    ["an option that is good and bad", { goodOptions: { size: "1" }, badOptions: [{ size: "1" }] }, "VOLUME_SUBJECT"],
    ["a known failure", { known: { "m06: of its checks": "so it is" } }, ""],
    ["a known failure of no case", { known: { M99: "so it is" } }, "VOLUME_CASE_UNKNOWN"],
    ["options of all kinds", { goodOptions: { size: "1" }, badOptions: [{ size: "x" }] }, ""],
  ])("%s", (_, options, code) => {
    expect(codeOf(() => plan(options))).toBe(code);
  });
});

test("the profiles ask for more and more", () => {
  const scales = [volumeProfiles.quick, volumeProfiles.standard, volumeProfiles.thorough].map(
    (profile) => plan(profile).steps.scale,
  );
  expect(scales).toMatchObject([{ volumes: 100 }, { volumes: 1000, rounds: 500 }, { volumes: 5000 }]);
  expect(scales.map(({ patienceMs }) => patienceMs)).toEqual([2000, 35_000, 120_000]);
});

describe("flags", () => {
  function given(...texts: [flag: string, text: string][]): Record<string, unknown> {
    return texts.reduce<Record<string, unknown>>((options, [name, text]) => {
      const flag = volumeFlags.find(({ flags }) => flags.split(" ")[0] === name);
      return { ...options, ...flag?.apply(text, options) };
    }, {});
  }

  test("that are given again add to what was said", () => {
    expect(given(["--option", "size=1g"], ["--option", "label=a=b"])).toEqual({
      goodOptions: { size: "1g", label: "a=b" },
    });
    expect(given(["--bad-option", "size=abc"], ["--bad-option", "mode="])).toEqual({
      badOptions: [{ size: "abc" }, { mode: "" }],
    });
    expect(given(["--required-option", "size"], ["--required-option", "pool"])).toEqual({
      requiredOptions: ["size", "pool"],
    });
    expect(given(["--start-command", "a"], ["--heal-command", "b"])).toEqual({ commands: { start: "a", heal: "b" } });
    expect(given(["--known", "M06=a"], ["--known", "X12: of its=b=c"])).toEqual({
      known: { M06: "a", "X12: of its": "b=c" },
    });
    expect(given(["--fault-command", "away=iptables -A x"])).toEqual({ faultCommands: { away: "iptables -A x" } });
  });

  test("are taken by the options", () => {
    const options = volumeTrialOptions.parse(
      given(
        ...([
          ["--serve", "driver"],
          ["--scope", "global"],
          ["--focus", "M06,P"],
          ["--skip", "P01"],
          ["--deadline", "10s"],
          ["--patience", "500ms"],
          ["--concurrency", "8"],
          ["--repeats", "3"],
          ["--volumes", "50"],
          ["--rounds", "7"],
          ["--control-faults", "away,mount-fails"],
        ] as [string, string][]),
      ),
    );
    expect(options).toMatchObject({ deadlineMs: 10_000, patienceMs: 500, focus: ["M06", "P"], concurrency: 8 });
    expect(options.controlFaults).toEqual(["away", "mount-fails"]);
  });

  test("that cannot be read say what they want", () => {
    expect(() => given(["--option", "size"])).toThrow('--option wants key=value, not "size"');
    expect(codeOf(() => given(["--bad-option", "=x"]))).toBe("VOLUME_OPTION");
    expect(volumeTrialOptions.safeParse({ faultCommands: { flood: "x" } }).success).toBe(false);
  });
});
