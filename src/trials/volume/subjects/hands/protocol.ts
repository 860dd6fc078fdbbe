/** What the hands can do, with what each act needs to know. */
export interface HandsActs {
  write: { path: string; text: string };
  append: { path: string; text: string };
  read: { path: string };
  list: { path: string };
  stat: { path: string };
  makeDirectory: { path: string };
  link: { target: string; path: string };
  remove: { path: string };
  fill: { directory: string; count: number };
  hold: { path: string };
  writeHeld: { text: string };
  readHeld: object;
  /** In mounts of the hands' own; `hidden`: a directory whose mounts they let go of. */
  bind: { source: string; target: string; hidden: string };
  /** `mount` or `umount`, and its arguments. */
  run: { words: readonly string[] };
}

/** One line to the hands. */
export type HandsCommand = { [Act in keyof HandsActs]: { act: Act } & HandsActs[Act] }[keyof HandsActs];

/** What comes back: a refusal of the system is an answer like any other. */
export type HandsAnswer = { value?: unknown } | { refused: { code: string; message: string } };
