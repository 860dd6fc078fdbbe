import type { Clock } from "./clock.ts";

/** From the most talkative to the rarest. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
/** What a line says beside its event; `undefined` is left out. */
export type LogFields = Readonly<Record<string, unknown>>;
/** Writes one line. `event` is a word with dashes that never changes its meaning. */
export type Log = (level: LogLevel, event: string, fields?: LogFields) => void;

/** json: one object a line. text: for people. */
export const LOG_FORMATS = ["json", "text"] as const;
export type LogFormat = (typeof LOG_FORMATS)[number];

/** A log whose lines go to `write`, each ended by a line feed; what is less than `least` is left out. */
export function createLog(
  format: LogFormat,
  { wallTime }: Pick<Clock, "wallTime">,
  write: (line: string) => void,
  least: LogLevel = "debug",
): Log {
  const lineOf = format === "json" ? jsonLine : textLine;
  const silenced = new Set<LogLevel>(LOG_LEVELS.slice(0, LOG_LEVELS.indexOf(least)));
  return (level, event, fields = {}) => {
    if (!silenced.has(level)) write(`${lineOf(wallTime().toISOString(), level, event, fields)}\n`);
  };
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
