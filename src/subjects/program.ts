import fs from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { subjectError } from "./errors.ts";
import type { SubjectProgram } from "./subject-process.ts";

/**
 * Finds a program of the package, `dist/NAME.cjs` (`subjects/share`, `disk/disk`) or what NAME ends with (`cli/main.js`),
 * from the built package as from its sources.
 * @throws SeatrialError SUBJECT_NOT_BUILT
 */
export function findSubjectProgram(name: string): SubjectProgram {
  const script = path.join("dist", path.extname(name) === "" ? `${name}.cjs` : name);
  const here = fileURLToPath(import.meta.url);
  for (let directory = path.dirname(here); directory !== path.dirname(directory); directory = path.dirname(directory)) {
    const scriptPath = path.join(directory, script);
    if (!fs.existsSync(scriptPath)) continue;
    const nativePath = findNative();
    return { nodePath: process.execPath, scriptPath, ...(nativePath === undefined ? {} : { nativePath }) };
  }
  throw subjectError("SUBJECT_NOT_BUILT", `${script} is in no directory above ${here}`);
}

/** The foreign function module's binary: koffi ships one package a platform; Alpine's C library has one of its own in it. */
export function findNative(): string | undefined {
  const platform = `${process.platform}-${process.arch}`;
  const require = createRequire(import.meta.url);
  try {
    const directory = path.dirname(require.resolve(`@koromix/koffi-${platform}/package.json`));
    const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
    const libc = header.glibcVersionRuntime === undefined ? "musl" : process.platform;
    const file = path.join(directory, `${libc}_${process.arch}`, "koffi.node");
    return fs.existsSync(file) ? file : undefined;
  } catch {
    return undefined;
  }
}
