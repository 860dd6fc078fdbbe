// Run by tests in a process of its own: a suite with a driver, an engine and a container that runs; it stays.
import path from "node:path";
import { createSystemClock } from "../../../src/core/clock.ts";
import { servedSubject } from "../../../src/trials/volume/subjects/host/served-subject.ts";

async function main(): Promise<void> {
  const [workdir = "", programs = ""] = process.argv.slice(2);
  const places = ["socket", "state", "root"].flatMap((place) => [`--${place}`, `{${place}}`]);
  const { engine } = await servedSubject({
    ...{ workdir, clock: createSystemClock(), deadlineMs: 10_000, engine: {} },
    command: [process.execPath, path.join(programs, "reference-driver.cjs"), ...places],
    hands: { nodePath: process.execPath, scriptPath: path.join(programs, "hands.cjs") },
  });
  const container = await engine?.container({ script: "sleep 3600", mounts: [{ volume: "v", target: "/v" }] });
  await container?.start();
  process.stdout.write("all\n");
}

void main();
