import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, it } from "vitest";
import { describeRuntimeContract } from "../../../src/runtimes/contract.ts";
import { has, requires } from "../../requires.ts";
import { builtAgent } from "../agent-bundle.ts";
import { embeddedSubject } from "./subject.ts";

requires("embedded")("on this machine", () => {
  const stateDir = realpathSync(mkdtempSync(path.join(os.tmpdir(), "seatrial state-")));
  afterAll(() => rmSync(stateDir, { recursive: true }));
  const runner = { describe, it };
  describeRuntimeContract("embedded", async () => embeddedSubject(builtAgent(), stateDir), {
    runner,
    disks: has("disk"),
  });
});
