/** Exit codes of the command, in the order in which they win when several hold: 2, 1, 3, 4, 0. */
export const EXIT = { pass: 0, fail: 1, usage: 2, lab: 3, inconclusive: 4, interrupted: 130, terminated: 143 } as const;
/** A number that the command can end with; `docs/reference/exit-codes.md` says what each means. */
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** One row of the documented table of errors; `docs/reference/errors.md` has a section for each, held by a test. */
export interface ErrorDefinition {
  /** What is wrong, in a few words. */
  readonly title: string;
  /** What the user can do about it, in the imperative. */
  readonly remedy: string;
  readonly exit: typeof EXIT.usage | typeof EXIT.lab;
}

/** A table of errors owned by one part of the house: `defineErrors({ RUN_NOT_FOUND: {...} })`. */
export function defineErrors<const Table extends Record<string, ErrorDefinition>>(table: Table): Table {
  return table;
}

/** What the place that fails knows beyond the table. */
export interface ErrorOptions {
  /** Overrides the table's remedy where the place knows a better one. */
  remedy?: string;
  cause?: unknown;
}

/** An error meant for people: what, which limit, why, and what to do. Everything else that is thrown is a defect. */
export class SeatrialError extends Error {
  override readonly name = "SeatrialError";
  readonly code: string;
  readonly remedy: string;
  readonly exit: ExitCode;

  constructor(code: string, definition: ErrorDefinition, detail: string, options: ErrorOptions = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? definition.remedy;
    this.exit = definition.exit;
  }
}

/** Makes the `fail(code, detail)` of one table, so that a code and its definition cannot drift apart. */
export function errorsOf<Table extends Record<string, ErrorDefinition>>(table: Table) {
  return (code: keyof Table & string, detail: string, options?: ErrorOptions): SeatrialError =>
    new SeatrialError(code, table[code] as ErrorDefinition, detail, options);
}

/** The system's error code (`ENOENT`), when `error` carries one. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : undefined;
}

/** What to tell of anything that was thrown, an `Error` or not. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
