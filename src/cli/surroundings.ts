/** One of the process's output streams, and what can be shown there. */
export interface Output {
  stream: NodeJS.WritableStream;
  /** Columns of the terminal; 0 where there is none: a pipe, a file, a terminal that does not say. */
  width: number;
  colour: boolean;
}

/** Signals that ask a process to end. */
export type EndingSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** All that commands know of the process they run in. `main.ts` makes the real one. */
export interface Surroundings {
  /** The words after the command's own name. */
  argv: readonly string[];
  env: Readonly<Record<string, string | undefined>>;
  pid: number;
  /** The script that runs here, for starting another process of it. */
  scriptPath: string;
  /** What is handed in; asking for it makes it flow. */
  stdin(): NodeJS.ReadableStream;
  /** Results. */
  stdout: Output;
  /** Progress, warnings and errors. */
  stderr: Output;
  /** Hears every such signal until the returned function is called; nobody listening, they end the process. */
  onSignal(hear: (signal: EndingSignal) => void): () => void;
  /** Ends the process at once, whatever is under way. */
  exit(code: number): void;
}

/** Writes whole lines of a result. */
export function print({ stdout }: Surroundings, text: string): void {
  stdout.stream.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Tells a person something that is no result. */
export function tell({ stderr }: Surroundings, text: string): void {
  stderr.stream.write(`${text}\n`);
}

/** The one JSON document of a command that was asked for `--json`. */
export function printJson(surroundings: Surroundings, document: unknown): void {
  print(surroundings, JSON.stringify(document, null, 2));
}
