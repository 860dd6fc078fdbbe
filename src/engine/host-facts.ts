import fs from "node:fs";
import os from "node:os";

/** What this machine is, for the manifest. Names no user, host or address. */
export function hostFacts(): [string, string][] {
  const cpus = os.cpus();
  return [
    ["system", systemName()],
    ["kernel", `${os.type()} ${os.release()}`],
    ["architecture", os.arch()],
    ["processors", `${cpus.length} x ${cpus[0]?.model.trim() ?? "unknown"}`],
    ["memory", `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB, ${(os.freemem() / 2 ** 30).toFixed(1)} GiB free`],
    [
      "load before the run",
      os
        .loadavg()
        .map((load) => load.toFixed(2))
        .join(" "),
    ],
    ["node", process.version],
  ];
}

/** os-release(5), where there is one. */
function systemName(): string {
  try {
    const match = /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(fs.readFileSync("/etc/os-release", "utf8"));
    return match?.[1] ?? os.platform();
  } catch {
    return os.platform();
  }
}
