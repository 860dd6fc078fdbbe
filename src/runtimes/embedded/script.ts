/** One command of a container's set-up. */
export interface Step {
  argv: readonly string[];
  /** Ends the sentence "could not ..." when the command fails. Without it the step may fail: the container has less. */
  purpose?: string;
}

/** Printed by the set-up script when the container stands, followed by the keeper's process id on this machine. */
export const READY = "ready";

/**
 * The POSIX shell text that makes a container: the steps in order, up to the first that fails; then the shell says that
 * it is ready and becomes the keeper, the first process of the container, which ends when its input does.
 */
export function setupScript(steps: readonly Step[]): string {
  return [
    // Still the machine's own /proc: it gives this shell's process id as the lab sees it.
    "read -r pid rest </proc/self/stat",
    ...steps.map(renderStep),
    `echo ${READY} "$pid"`,
    "exec cat >/dev/null",
    "",
  ].join("\n");
}

function renderStep({ argv, purpose }: Step): string {
  const command = argv.map(quote).join(" ");
  if (purpose === undefined) return `${command} 2>/dev/null || :`;
  return `${command} || { printf '%s\\n' ${quote(`could not ${purpose}`)} >&2; exit 1; }`;
}

/** Quotes any text for a POSIX shell: inside single quotes nothing but the quote itself is special. */
export function quote(text: string): string {
  return /^[\w./=,:@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
