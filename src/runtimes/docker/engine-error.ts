import { messageOf, SeatrialError, systemCode } from "../../core/errors.ts";
import { fail } from "./errors.ts";

/** What the client library throws when the engine answers with an error. */
interface ApiError {
  statusCode?: number;
  json?: { message?: unknown } | null;
}

/** The HTTP status of the engine's answer, where it gave one. */
export function statusOf(error: unknown): number | undefined {
  return (error as ApiError | null)?.statusCode;
}

/** The engine's own words, without what the client library puts around them. */
export function engineMessage(error: unknown): string {
  const message = (error as ApiError | null)?.json?.message;
  return typeof message === "string" ? message : messageOf(error).trim();
}

/** The connection broke before the engine had answered: the engine itself went away. */
export function isUnanswered(error: unknown): boolean {
  return statusOf(error) === undefined && /^E(CONN|PIPE|NOENT)/.test(systemCode(error) ?? "");
}

/** The error as one for people: unchanged where it is one, else ENGINE_REFUSED with what was being done. */
export function refused(doing: string, error: unknown): SeatrialError {
  if (error instanceof SeatrialError) return error;
  return fail("ENGINE_REFUSED", `${doing}: ${engineMessage(error)}`, { cause: error });
}

/** Runs `action`; an answer of the engine with one of these statuses ("it is gone already") gives false, not an error. */
export async function accepting(statuses: readonly number[], action: () => Promise<unknown>): Promise<boolean> {
  try {
    await action();
    return true;
  } catch (error) {
    if (statuses.includes(statusOf(error) ?? 0)) return false;
    throw error;
  }
}
