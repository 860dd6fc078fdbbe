import type { Clock } from "../../../core/clock.ts";

export type LogLevel = "info" | "warn" | "error";
/** What a line says beside its event; `undefined` is left out. */
export type LogFields = Readonly<Record<string, unknown>>;
/** Writes one line. `event` is a word with dashes that never changes its meaning. */
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

/** json: one object a line. text: for people. */
export const LOG_FORMATS = ["json", "text"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** A log whose lines go to `write`, each ended by a line feed. */
export function createLog(
  format: LogFormat,
  { wallTime }: Pick<Clock, "wallTime">,
  write: (line: string) => void,
): Log {
  const lineOf = format === "json" ? jsonLine : textLine;
  return (level, event, fields = {}) => write(`${lineOf(wallTime().toISOString(), level, event, fields)}\n`);
}

function jsonLine(time: string, level: LogLevel, event: string, fields: LogFields): string {
  return JSON.stringify({ time, level, event, ...fields });
}

function textLine(time: string, level: LogLevel, event: string, fields: LogFields): string {
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  const words = said.map(
    ([name, value]) => `${name}=${typeof value === "string" ? quoted(value) : JSON.stringify(value)}`,
  );
  return [time, level.toUpperCase().padEnd(5), event.replaceAll("-", " "), ...words].join(" ");
}

function quoted(text: string): string {
  return /^[\w./:+-]+$/.test(text) ? text : JSON.stringify(text);
}
