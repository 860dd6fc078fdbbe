import { createHash } from "node:crypto";

/** A value as a text that tells whether all of it is still as it was written: JSON, and its SHA-256 on a line below. */
export function seal(value: unknown): string {
  const text = JSON.stringify(value);
  return `${text}\n${checksum(text)}\n`;
}

/** The value of a sealed text. @throws Error when it was cut or changed */
export function unseal(sealed: string): unknown {
  const [text = "", found = ""] = sealed.split("\n");
  if (checksum(text) !== found) throw new Error("it was cut or changed since it was written");
  return JSON.parse(text);
}

function checksum(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
