import http from "node:http";
import path from "node:path";
import { EXIT, type ExitCode, messageOf } from "../../core/errors.ts";
import type { DriverStatus } from "../../driver/status.ts";
import { cliError } from "../errors.ts";
import { print, printJson, type Surroundings } from "../surroundings.ts";
import { alignLeft } from "../table.ts";
import type { DriverStatusFlags } from "./flags.ts";
import { DEFAULT_SOCKET } from "./settings.ts";

const LIMIT_MS = 10_000;

/** `seatrial driver status`. */
export function driverStatus(flags: DriverStatusFlags): (surroundings: Surroundings) => Promise<ExitCode> {
  return async (surroundings) => {
    const socketPath = path.resolve(flags.socket ?? (surroundings.env["SOCKET"] || DEFAULT_SOCKET));
    const status = await ask(socketPath);
    if (flags.json) printJson(surroundings, status);
    else print(surroundings, textOf(status));
    return status.backEnd.degraded === undefined ? EXIT.pass : EXIT.fail;
  };
}

async function ask(socketPath: string): Promise<DriverStatus> {
  try {
    return JSON.parse(await post(socketPath, "/Seatrial.Status")) as DriverStatus;
  } catch (error) {
    throw cliError("DRIVER_SILENT", `${socketPath}: ${messageOf(error)}`, { cause: error });
  }
}

function post(socketPath: string, call: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request({ socketPath, path: call, method: "POST", timeout: LIMIT_MS }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (more: string) => (text += more));
      response.once("end", () =>
        response.statusCode === 200 ? resolve(text) : reject(new Error(`answered ${response.statusCode}: ${text}`)),
      );
    });
    request.once("timeout", () => request.destroy(new Error(`no answer within ${LIMIT_MS} ms`)));
    request.once("error", reject);
    request.end();
  });
}

function textOf({ backEnd, volumes }: DriverStatus): string {
  const state = backEnd.degraded === undefined ? "answers" : `is away: ${backEnd.degraded}`;
  const rows = volumes.map(({ name, current, restored, mountpoint = "-", health = "-" }) => [
    ...[name, String(current), String(restored), health, mountpoint],
  ]);
  const head = `Back end ${backEnd.id} (${backEnd.scope}) ${state}; ${volumes.length} volumes.`;
  if (rows.length === 0) return head;
  return `${head}\n\n${alignLeft([["VOLUME", "HELD", "RESTORED", "HEALTH", "MOUNTED AT"], ...rows])}`;
}
