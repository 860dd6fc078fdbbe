import type { CaseContext } from "./case.ts";

/** Names that people give to options with secrets. */
export const SECRET_OPTIONS = ["secret", "password", "key", "token"] as const;

/** A text that is nowhere else on the machine. */
export function newSecret({ mountId }: CaseContext): string {
  return `s3cr3t${mountId().slice(0, 26)}`;
}

/** Where a secret stands in a text, with what is around it and without itself; undefined where it does not. */
export function leakIn(text: string, secret: string): string | undefined {
  const at = text.indexOf(secret);
  if (at < 0) return undefined;
  const around = text.slice(Math.max(0, at - 100), at + secret.length + 100);
  return around.replaceAll(secret, "(the secret)").replaceAll("\n", " ");
}
