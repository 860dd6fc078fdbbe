/** Names of the notes in the history that the judges read. */
export const NOTES = {
  mount: "mount",
  clock: "clock",
  abandoned: "cell-abandoned",
  truncated: "samples-truncated",
  /** Another tool took the samples; the note says how. */
  method: "method",
} as const;
