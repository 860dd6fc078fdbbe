import { describe, expect, it } from "vitest";
import { fakeSurroundings } from "../../test/fixtures/command-line.ts";
import { listenForInterrupts } from "./interrupts.ts";

function listening(pending: string[] = []) {
  const surroundings = fakeSurroundings();
  const interrupts = listenForInterrupts(surroundings);
  const said: string[] = [];
  interrupts.concern({ say: (line) => void said.push(line), pending: () => pending });
  return { surroundings, interrupts, said };
}

describe("signals", () => {
  it("the first asks for an orderly end and ends nothing by itself", () => {
    const { surroundings, interrupts, said } = listening();
    surroundings.send("SIGTERM");
    expect([interrupts.signal.aborted, interrupts.by(), surroundings.exits]).toEqual([true, "SIGTERM", []]);
    expect(said).toEqual([expect.stringMatching(/^SIGTERM: healing, cleaning up/)]);
  });

  it("the second ends at once and says what is left and how to get rid of it", () => {
    const { surroundings, said } = listening(["environment env-0"]);
    surroundings.send("SIGINT");
    surroundings.send("SIGINT");
    expect(surroundings.exits).toEqual([130]);
    expect(said.slice(1)).toEqual(["not undone: environment env-0", "`seatrial sweep` removes what is left."]);
  });

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 143],
  ] as const)("%s as the second gives %i", (signal, code) => {
    const { surroundings } = listening();
    surroundings.send("SIGINT");
    surroundings.send(signal);
    expect(surroundings.exits).toEqual([code]);
  });

  it("are nobody's business after the end", () => {
    const { surroundings, interrupts } = listening();
    interrupts.close();
    surroundings.send("SIGINT");
    expect(interrupts.signal.aborted).toBe(false);
  });
});
