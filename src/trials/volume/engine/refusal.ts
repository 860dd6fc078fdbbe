import { messageOf } from "../../../core/errors.ts";
import { EngineRefused } from "../subject.ts";

/** What the call gives. @throws EngineRefused in place of the client's own errors */
export async function asked<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw refusalOf(error);
  }
}

/** What the call gives, or undefined where the engine says that there is no such thing. @throws EngineRefused */
export async function found<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.status === 404) return undefined;
    throw refusal;
  }
}

/** The engine's refusal in place of the client's own error; status 0 where the engine said nothing. */
export function refusalOf(error: unknown): EngineRefused {
  if (error instanceof EngineRefused) return error;
  const { statusCode = 0, json } = error as { statusCode?: number; json?: { message?: string } };
  return new EngineRefused(statusCode, json?.message ?? messageOf(error));
}
