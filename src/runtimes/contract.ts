import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { CONTAINER_PROMISES } from "./contract/containers.ts";
import { box, closeEnvironment, type ContractSubject, inLab, type Lab } from "./contract/lab.ts";
import { DISK_PROMISES, NO_DISK_PROMISES } from "./contract/disks.ts";
import { PROCESS_PROMISES } from "./contract/processes.ts";

export type { ContractSubject } from "./contract/lab.ts";

/** The two functions of a test runner (Vitest, Mocha, node:test) that the contract is told to. */
export interface ContractRunner {
  /** Groups the promises of one runtime. */
  describe(name: string, body: () => void): void;
  /** Holds one promise; it is broken when `body` rejects. */
  it(name: string, body: () => Promise<void>, timeoutMs: number): void;
}

/** How the contract is held: by which test runner, how long, how often. */
export interface ContractOptions {
  runner: ContractRunner;
  /** For one promise of the contract; the one of many cycles gets ten times as long. */
  timeoutMs?: number;
  /** Whether the runtime is to have the control `disk` on this machine; it is held to either, and to "no" unless told. */
  disks?: boolean;
  /** How often an environment is opened and closed to find what is left behind. */
  cycles?: number;
}

/** The promises that every runtime keeps. Each is held against real containers with real agents in them. */
export function describeRuntimeContract(
  name: string,
  makeSubject: () => Promise<ContractSubject>,
  options: ContractOptions,
): void {
  const { runner, disks = false, timeoutMs = 60_000, cycles = 20 } = options;
  runner.describe(`the ${name} runtime keeps the contract:`, () => {
    const promise = (what: string, hold: (lab: Lab) => Promise<void>, limitMs = timeoutMs) =>
      runner.it(what, () => inLab(makeSubject, hold), limitMs);
    for (const [what, hold] of [
      ...CONTAINER_PROMISES,
      ...PROCESS_PROMISES,
      ...(disks ? DISK_PROMISES : NO_DISK_PROMISES),
    ])
      promise(what, hold);
    promise(`${cycles} times opened and closed leaves nothing`, (lab) => openAndClose(lab, cycles), timeoutMs * 10);
  });
}

async function openAndClose(lab: Lab, cycles: number): Promise<void> {
  const source = await lab.directory("data");
  for (let cycle = 0; cycle < cycles; cycle++) {
    const environment = await lab.open([{ ...box("a", [{ source, target: "/data" }]), tmpfs: ["/memory"] }]);
    const agent = await lab.agent(environment, "a");
    await agent.call("files.write", { path: "/data/cycle", text: String(cycle) });
    await closeEnvironment(environment);
  }
  assert.equal(await readFile(path.join(source, "cycle"), "utf8"), String(cycles - 1));
  assert.deepEqual(await lab.leftovers(), []);
}
