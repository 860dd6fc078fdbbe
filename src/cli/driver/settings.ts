import path from "node:path";
import { LOG_LEVELS, type LogLevel } from "../../core/log.ts";
import { parseDurationNs } from "../../core/quantity.ts";
import { cliError } from "../errors.ts";
import type { Surroundings } from "../surroundings.ts";
import type { DriverServeFlags } from "./flags.ts";

/** Where a driver listens unless told. */
export const DEFAULT_SOCKET = "/run/docker/plugins/seatrial.sock";
const DEFAULT_STATE = "/var/lib/seatrial-driver";

/** How a driver is to serve. */
export interface DriverSettings {
  backEnd: string;
  socketPath: string;
  stateDirectory: string;
  /** Of the back end `directory` alone. */
  root: string | undefined;
  mountsDirectory: string;
  scope: "local" | "global";
  deadlineMs: number;
  unmountDelayMs: number;
  isManaged: boolean;
  metricsPort: number | undefined;
  logLevel: LogLevel;
}

/** Flags go over the environment, which is how an engine hands settings to a plugin that it manages. @throws SETTING_INVALID */
export function driverSettings(flags: DriverServeFlags, env: Surroundings["env"]): DriverSettings {
  const setting = (flag: string | undefined, variable: string) => flag ?? (env[variable] || undefined);
  const backEnd = setting(flags.backend, "BACKEND") ?? "directory";
  const usualScope = backEnd === "cephfs" ? "global" : "local";
  const scope = oneOf("--scope", ["local", "global"], setting(flags.scope, "SCOPE") ?? usualScope);
  const stateDirectory = path.resolve(setting(flags.state, "STATE") ?? DEFAULT_STATE);
  const given = setting(flags.root, "ROOT");
  const root = given === undefined ? undefined : path.resolve(given);
  // Mount points on a file system that hosts share would be everybody's.
  const mountsBelow = scope === "global" ? stateDirectory : (root ?? stateDirectory);
  const port = setting(flags.metricsPort, "METRICS_PORT");
  return {
    ...{ backEnd, scope, stateDirectory, root },
    socketPath: path.resolve(setting(flags.socket, "SOCKET") ?? DEFAULT_SOCKET),
    mountsDirectory: path.resolve(setting(flags.mounts, "MOUNTS") ?? path.join(mountsBelow, "mounts")),
    deadlineMs: duration("--deadline", setting(flags.deadline, "DEADLINE") ?? "25s", 1000, 600_000),
    unmountDelayMs: duration("--unmount-delay", setting(flags.unmountDelay, "UNMOUNT_DELAY") ?? "0s", 0, 5000),
    isManaged: flags.managed ?? Boolean(env["MANAGED"]),
    metricsPort: port === undefined ? undefined : portOf(port),
    logLevel: oneOf("--log-level", LOG_LEVELS, setting(flags.logLevel, "LOG_LEVEL") ?? "info"),
  };
}

function oneOf<const Word extends string>(flag: string, words: readonly Word[], text: string): Word {
  const found = words.find((word) => word === text);
  if (found === undefined) throw cliError("SETTING_INVALID", `${flag} ${text}: want ${words.join(" or ")}`);
  return found;
}

function duration(flag: string, text: string, leastMs: number, mostMs: number): number {
  const durationMs = (parseDurationNs(text) ?? Number.NaN) / 1e6;
  if (durationMs >= leastMs && durationMs <= mostMs) return durationMs;
  throw cliError("SETTING_INVALID", `${flag} ${text}: want a duration from ${leastMs}ms to ${mostMs}ms`);
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text) && Number(text) < 65_536) return Number(text);
  throw cliError("SETTING_INVALID", `--metrics-port ${text}: want a port number`);
}
