import os from "node:os";
import path from "node:path";

/** Where small state is kept that must outlive a killed lab: the XDG base directory for state unless told. */
export function stateDirOf(env: Readonly<Record<string, string | undefined>>): string {
  const home = env["HOME"] || os.homedir();
  return (
    env["SEATRIAL_STATE_DIR"] || path.join(env["XDG_STATE_HOME"] || path.join(home, ".local", "state"), "seatrial")
  );
}
