import { systemCode } from "../../../core/errors.ts";
import type { WriteResult } from "../model.ts";

/** One of the system's calls that a step is made of. */
export type StepCall = WriteResult["failures"][number]["call"];

/** A call of a step has failed: what the storage said, not a defect of ours. */
export class CallFailed extends Error {
  override readonly name = "CallFailed";
  readonly call: StepCall;
  readonly systemCode: string;

  constructor(call: StepCall, code: string) {
    super(`${call} answers ${code}`);
    this.call = call;
    this.systemCode = code;
  }
}

/** Runs a system call under its name. @throws CallFailed where it fails with a code of the system; defects pass through. */
export function calling<Result>(call: StepCall, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof CallFailed || code === undefined || code.startsWith("ERR_")) throw error;
    throw new CallFailed(call, code);
  }
}
