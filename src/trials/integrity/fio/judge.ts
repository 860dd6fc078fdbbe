import { getSystemErrorName } from "node:util";
import type { FioResult } from "../model.ts";

/** What one job of fio shows. unknown: it did not get far enough to tell. */
export interface FioVerdict {
  verdict: "good" | "bad" | "unknown";
  findings: FioFinding[];
}

/** One thing that is wrong with a job's outcome, in words. */
export interface FioFinding {
  /** not-done: fio ended, said no reason, and did not move all bytes. */
  kind: "killed" | "missing" | "truncated" | "extended" | "damaged" | "io-error" | "refused" | "not-done";
  text: string;
}

/** EILSEQ on Linux, which fio uses for data that is not what it should be. */
const VERIFY_ERROR = 84;
const FIRST_SIGNAL_STATUS = 128;

/**
 * Judges a job by its exit status, its JSON, its standard error, the bytes it moved and the size of the file: none of them alone is
 * enough. With continue_on_error fio exits 0 over bad data, a file that is too short leaves error 0 in the JSON, and with
 * verify_interval only standard error tells.
 */
export function judgeFio(result: FioResult): FioVerdict {
  if (result.exitStatus >= FIRST_SIGNAL_STATUS)
    return { verdict: "unknown", findings: [{ kind: "killed", text: killedText(result) }] };
  const findings = [sizeFinding, damageFinding, errorFinding].flatMap((look) => look(result) ?? []);
  if (findings.length === 0) findings.push(...restFindings(result));
  if (findings.length === 0) return { verdict: "good", findings };
  const toldNothing = findings.every(({ kind }) => kind === "refused" || kind === "not-done");
  return { verdict: toldNothing ? "unknown" : "bad", findings };
}

function killedText({ exitStatus, bytes, expectedBytes }: FioResult): string {
  return `fio was ended by a signal (status ${exitStatus}) after ${bytes} of ${expectedBytes} bytes`;
}

function sizeFinding({ fileBytes, expectedBytes }: FioResult): FioFinding | undefined {
  if (fileBytes === undefined)
    return { kind: "missing", text: `there is no file; it should have ${expectedBytes} bytes` };
  if (fileBytes === expectedBytes) return undefined;
  const kind = fileBytes < expectedBytes ? "truncated" : "extended";
  return { kind, text: `the file has ${fileBytes} bytes and should have ${expectedBytes}` };
}

function damageFinding({ jsonError, totalErrors, extents }: FioResult): FioFinding | undefined {
  const places = extents.filter(({ what }) => !isTransfer(what));
  if (places.length === 0 && jsonError !== VERIFY_ERROR) return undefined;
  const [first] = places;
  const where = first ? `, first at ${first.offset}, ${first.lengthBytes} bytes (${first.what})` : "";
  const count = totalErrors > 0 ? ` in ${totalErrors} transfer${totalErrors === 1 ? "" : "s"}` : "";
  return { kind: "damaged", text: `what was read back is not what was written${count}${where}${codeText(jsonError)}` };
}

function codeText(jsonError: number): string {
  if (jsonError === VERIFY_ERROR)
    return '; fio calls it error 84, "Invalid or incomplete multibyte or wide character": it borrows the number for this';
  return jsonError === 0 ? "; only standard error says so: fio reports no error" : "";
}

function errorFinding({ jsonError, extents, fileBytes, expectedBytes }: FioResult): FioFinding | undefined {
  const failed = extents.find(({ what }) => isTransfer(what));
  if (!failed && (jsonError === 0 || jsonError === VERIFY_ERROR)) return undefined;
  // Of a file that is absent or empty fio says EINVAL: what is wrong with it has been said.
  if (!failed && fileBytes !== expectedBytes) return undefined;
  const where = failed ? `${failed.what} at ${failed.offset}, ${failed.lengthBytes} bytes` : "a call failed";
  return { kind: "io-error", text: jsonError === 0 ? where : `${where} (${getSystemErrorName(-jsonError)})` };
}

function isTransfer(what: string): boolean {
  return /^(read|write|sync|datasync|trim): /.test(what);
}

function restFindings({ exitStatus, bytes, expectedBytes, totalErrors, messages }: FioResult): FioFinding[] {
  const said = messages.length > 0 ? `: ${messages.join("; ")}` : "";
  if (exitStatus !== 0 || totalErrors > 0)
    return [{ kind: "refused", text: `fio exits with ${exitStatus}, ${totalErrors} errors${said}` }];
  if (bytes === expectedBytes) return [];
  return [{ kind: "not-done", text: `fio moved ${bytes} of ${expectedBytes} bytes and says that all is well${said}` }];
}
