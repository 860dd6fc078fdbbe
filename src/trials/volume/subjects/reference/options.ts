import { Refusal } from "./refusal.ts";

/** What a volume can be asked to be. */
export interface Options {
  /** Permission bits of its root. */
  mode: number;
  uid: number;
  gid: number;
  nosuid: boolean;
  nodev: boolean;
}

const DEFAULTS: Options = { mode: 0o755, uid: 0, gid: 0, nosuid: false, nodev: false };
/** Names of the options there are. */
const KNOWN = Object.keys(DEFAULTS) as (keyof Options)[];
const LONGEST_NAME_SHOWN = 40;

/**
 * Reads the options of Create. Values never stand in the refusal: the caller may have put a secret there.
 * @throws Refusal that names the option
 */
export function readOptions(given: ReadonlyMap<string, string>): Options {
  const unknown = [...given.keys()].find((name) => !KNOWN.includes(name as keyof Options));
  if (unknown !== undefined)
    throw new Refusal(`there is no option ${shown(unknown)}; those there are: ${KNOWN.join(", ")}`);
  const number = (name: "mode" | "uid" | "gid", form: RegExp, base: number) =>
    read(given, name, DEFAULTS[name], (text) => (form.test(text) ? Number.parseInt(text, base) : undefined));
  const flag = (name: "nosuid" | "nodev") => read(given, name, DEFAULTS[name], (text) => FLAGS.get(text));
  return {
    mode: number("mode", /^[0-7]{3,4}$/, 8),
    uid: number("uid", /^\d{1,9}$/, 10),
    gid: number("gid", /^\d{1,9}$/, 10),
    nosuid: flag("nosuid"),
    nodev: flag("nodev"),
  };
}

/** `-o nosuid` arrives as an empty text. */
const FLAGS = new Map([
  ["", true],
  ["true", true],
  ["false", false],
]);

function read<T>(
  given: ReadonlyMap<string, string>,
  name: keyof Options,
  absent: T,
  parse: (text: string) => T | undefined,
): T {
  const text = given.get(name);
  if (text === undefined) return absent;
  const value = parse(text);
  if (value === undefined) throw new Refusal(`the value of option ${name} is not ${FORMS[name]}`);
  return value;
}

const FORMS: Record<keyof Options, string> = {
  mode: "a file mode in three or four octal digits",
  uid: "a number of a user",
  gid: "a number of a group",
  nosuid: "true or false",
  nodev: "true or false",
};

function shown(name: string): string {
  return JSON.stringify(name.length > LONGEST_NAME_SHOWN ? `${name.slice(0, LONGEST_NAME_SHOWN)}...` : name);
}

/** Whether two ways to ask mean the same volume. */
export function sameOptions(one: Options, other: Options): boolean {
  return KNOWN.every((name) => one[name] === other[name]);
}

/** As mount(8) wants them. */
export function mountFlags({ nosuid, nodev }: Options): string[] {
  return [...(nosuid ? ["nosuid"] : []), ...(nodev ? ["nodev"] : [])];
}
