import { parseArgs } from "node:util";

/** What the driver is told when it starts. */
export interface Settings {
  socketPath: string;
  /** A directory for what must outlive a restart. */
  stateDirectory: string;
  /** Mounts appear in `mounts` below it, volumes lie in `volumes` unless they are shared. */
  rootDirectory: string;
  /** A directory that several hosts see; volumes lie in it, and the scope is global. */
  sharedDirectory?: string;
  /** What this host calls itself where volumes are shared. */
  host: string;
  /** Files in it make the back end fail, as `BACK_END_FAULTS` says. */
  controlDirectory?: string;
  /** After so long a caller gets an error; below what engines wait. */
  deadlineMs: number;
  /** Which mutant to be; absent for none. */
  defect?: string;
}

/** Reads the command line. @throws Error that says what is wrong with it */
export function readSettings(argv: readonly string[], hostName: string): Settings {
  const text = { type: "string" } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      ...{ socket: text, state: text, root: text, shared: text, control: text, defect: text },
      ...{ host: { ...text, default: hostName }, "deadline-ms": { ...text, default: "20000" } },
    },
  });
  const { socket, state, root, shared, control, defect, host } = values;
  const deadlineMs = Number(values["deadline-ms"]);
  if (!socket || !state || !root) throw new Error("--socket, --state and --root are needed");
  if (!(deadlineMs > 0)) throw new Error("--deadline-ms must be a positive number");
  return {
    ...{ socketPath: socket, stateDirectory: state, rootDirectory: root, host, deadlineMs },
    ...(shared !== undefined && { sharedDirectory: shared }),
    ...(control !== undefined && { controlDirectory: control }),
    ...(defect !== undefined && { defect }),
  };
}
