/** Volume names that mean something to those who join paths. */
export interface PathNames {
  /** Harmless where a driver falls for them: what they lead to has the token in its name, or is not there. */
  marked: readonly string[];
  /** A driver that falls for them and removes would take away what lies around its volumes. */
  bare: readonly string[];
}

/** Names that lead up, down, or to another volume. `token` is in everything that they could make. */
export function pathNames(token: string, volume: string): PathNames {
  const [up, upTwice, upMore] = ["../", "../../", "../../../"].map((steps) => `${steps}${token}`) as [
    string,
    string,
    string,
  ];
  return {
    marked: [
      ...[up, upTwice, upMore, `${token}/../../${token}`, `/${token}`, `//${token}`, `${token}/b`, `./${token}`],
      ...[`${token}/.`, `${token}/..`, `${token}/`, `..\\${token}`, `${token}\\b`, "\\", `%2e%2e%2f${token}`],
      ...[`..%2f${token}`, `..;/${token}`, `.${token}/../../${token}/etc`],
      ...[`./${volume}`, `${volume}/.`, `${volume}/`, `x/../${volume}`, `${volume}/../${volume}`],
    ],
    bare: [".", ".."],
  };
}

/** Names that a shell would run, expand or take for an option. `touch` makes `file` where they are run. */
export function shellNames(token: string, file: string, volume: string): string[] {
  const commands = [
    ...[`x;touch ${file}`, `x;touch ${file};`, `$(touch ${file})`, `\`touch ${file}\``, `x|touch ${file}`],
    ...[`x&touch ${file}&`, `x\ntouch ${file}\n`, `x && touch ${file} #`, `x>${file}`, `';touch ${file};'`],
    ...[`";touch ${file};"`, `x;touch /tmp/${file}`, `$(touch /tmp/${file})`, `x;touch$IFS/tmp/${file}`],
  ];
  const texts = [
    "-h",
    "--help",
    "-rf",
    "-x",
    "--",
    " ",
    " x",
    "x ",
    "x y",
    "'",
    '"',
    "''",
    "$HOME",
    "${PATH}",
    "~",
    "{a,b}",
    "!",
    "#x",
    "%s%n",
  ];
  const globs = [`${volume.slice(0, -1)}?`, `${volume.slice(0, -1)}*`, `${volume.slice(0, -1)}[0-9a-z]`];
  return [
    ...commands.map((command) => `${token}${command}`),
    ...texts.map((text) => markedText(text, token)),
    ...globs,
  ];
}

/** What counts is at the beginning. */
function markedText(text: string, token: string): string {
  return text.endsWith(" ") && text.trim() !== "" ? `${token}${text}` : `${text}${token}`;
}

/** Names that drivers give to what is their own. */
export const OWN_NAMES = [
  ...[".trash", ".deleted", ".meta", ".tmp", "_nogroup", "_deleting", "lost+found", "state", "state.json", "tmp"],
  ...["volumes", "mounts", "data", "meta", "metadata.db", "lock", ".lock", "index", "config", "driver.sock", "null"],
] as const;

/** Names of objects' own parts in scripting languages. */
export const LANGUAGE_NAMES = ["__proto__", "constructor", "hasOwnProperty", "toString"] as const;
