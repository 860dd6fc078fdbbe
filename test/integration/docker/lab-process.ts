// A lab as a process of its own, to be killed: opens an environment with the directory that its first argument names,
// starts an agent, prints one line of JSON and waits.
import { messageOf, SeatrialError } from "../../../src/core/errors.ts";
import { agentBundle, box, forever, openWith, runtimeOn } from "./engine.ts";

const [, , source = "", runId = ""] = process.argv;

try {
  const mode = process.argv[4];
  const spec = box("a", [{ source, target: "/data" }]);
  const onDisk = { ...spec, disks: [{ disk: "d", target: "/disk" }] };
  const owner = { runId, lab: "lab-process:1:1" };
  const environment = await openWith(runtimeOn(), owner, [mode === "disk" ? onDisk : spec], [], mode === "disk");
  await environment.container("a").startAgent(forever);
  if (mode === "pause") await environment.controls.process?.pause("a");
  console.log(JSON.stringify({ opened: true, agent: agentBundle().scriptPath }));
  setInterval(() => {}, 1 << 30);
} catch (error) {
  const { code, remedy } = error instanceof SeatrialError ? error : { code: "", remedy: "" };
  console.log(JSON.stringify({ opened: false, code, remedy, message: messageOf(error) }));
}
