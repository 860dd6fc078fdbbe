// Run by ordinary-user.test.ts in a process of its own, under another user, by Node's own test runner.
import { describe, it } from "node:test";
import { describeRuntimeContract } from "../../../src/runtimes/contract.ts";
import { embeddedSubject } from "./subject.ts";

const [scriptPath = "", stateDir = ""] = process.argv.slice(2);

describeRuntimeContract(
  "embedded (ordinary user)",
  async () => embeddedSubject({ scriptPath, nodePath: process.execPath }, stateDir),
  {
    runner: {
      describe: (name, body) => void describe(name, body),
      it: (name, body, timeout) => void it(name, { timeout }, body),
    },
  },
);
