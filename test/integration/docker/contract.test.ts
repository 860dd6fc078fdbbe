import { describe, it } from "vitest";
import { describeRuntimeContract } from "../../../src/runtimes/contract.ts";
import { has, requires } from "../../requires.ts";
import { subjectOn } from "./engine.ts";

requires("docker")("with an engine", () => {
  describeRuntimeContract("docker", subjectOn, { runner: { describe, it }, disks: has("disk") });
});
