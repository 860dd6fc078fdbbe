// A lab as a process of its own, to be killed: opens an environment with the directory that its first argument names,
// starts an agent, prints one line of JSON and waits.
import { messageOf, SeatrialError } from "../../../src/core/errors.ts";
import { agentBundle, box, forever, openWith, runtimeOn } from "./engine.ts";

const [, , source = "", runId = ""] = process.argv;

try {
  const environment = await openWith(runtimeOn(), { runId, lab: "lab-process:1:1" }, [
    box("a", [{ source, target: "/data" }]),
  ]);
  await environment.container("a").startAgent(forever);
  if (process.argv[4] === "pause") await environment.controls.process?.pause("a");
  console.log(JSON.stringify({ opened: true, agent: agentBundle().scriptPath }));
  setInterval(() => {}, 1 << 30);
} catch (error) {
  const { code, remedy } = error instanceof SeatrialError ? error : { code: "", remedy: "" };
  console.log(JSON.stringify({ opened: false, code, remedy, message: messageOf(error) }));
}
