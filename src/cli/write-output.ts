import fs from "node:fs";
import path from "node:path";
import { messageOf } from "../core/errors.ts";
import { cliError } from "./errors.ts";

/** Writes a file that was asked for. @throws OUTPUT_NOT_WRITABLE */
export function writeOutput(file: string, content: string): void {
  attempt(file, () => fs.writeFileSync(file, content));
}

/** Adds to a file that another program made. @throws OUTPUT_NOT_WRITABLE */
export function appendOutput(file: string, content: string): void {
  attempt(file, () => fs.appendFileSync(file, content));
}

/** Finds out before a long run whether a file could be written after it. @throws OUTPUT_NOT_WRITABLE */
export function requireWritable(file: string): void {
  attempt(file, () => {
    fs.accessSync(path.dirname(path.resolve(file)), fs.constants.W_OK);
    if (!fs.existsSync(file)) return;
    if (fs.statSync(file).isDirectory()) throw new Error("it is a directory");
    fs.accessSync(file, fs.constants.W_OK);
  });
}

function attempt(file: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw cliError("OUTPUT_NOT_WRITABLE", `${file}: ${messageOf(error)}`, { cause: error });
  }
}
