import { defineErrors, errorsOf, EXIT } from "../../../core/errors.ts";

export const JOURNAL_ERRORS = defineErrors({
  INTEGRITY_JOURNAL_MISSING: {
    title: "There is no journal where one was expected",
    remedy:
      "Name the journal's own path. If it is really gone, nothing can be said of the data: move the data aside and start anew.",
    exit: EXIT.lab,
  },
  INTEGRITY_JOURNAL_EXISTS: {
    title: "A new journal would replace one that is there",
    remedy: "Go on with the journal that is there, or move it and its data aside.",
    exit: EXIT.usage,
  },
  INTEGRITY_JOURNAL_FOREIGN: {
    title: "The file is not a journal",
    remedy: "Name the journal's own path; a file of something else is never written to.",
    exit: EXIT.usage,
  },
  INTEGRITY_JOURNAL_VERSION: {
    title: "The journal was written by another version of the format",
    remedy: "Go on with the version of seatrial that wrote it, or move the journal and its data aside and start anew.",
    exit: EXIT.usage,
  },
  INTEGRITY_JOURNAL_TRUNCATED: {
    title: "The journal's file has another size than it was made with",
    remedy: "A journal's size never changes in service: look for what cut or extended it. Move it and its data aside.",
    exit: EXIT.lab,
  },
  INTEGRITY_JOURNAL_DAMAGED: {
    title: "The journal itself was damaged",
    remedy:
      "Either the storage that holds the journal has changed what was durable on it, which is a finding in itself, or two writers shared it. Keep the file, move it and its data aside, and start anew on storage that can be trusted.",
    exit: EXIT.lab,
  },
  INTEGRITY_JOURNAL_IO: {
    title: "The journal could not be read or written",
    remedy: "Look at the system's reason; free space, mount the volume writable, or give the user access to the file.",
    exit: EXIT.lab,
  },
  INTEGRITY_JOURNAL_FULL: {
    title: "The journal's checkpoint has no room for so many stretches",
    remedy: "Write the data file in fewer, longer stretches.",
    exit: EXIT.usage,
  },
  INTEGRITY_LOCKED: {
    title: "Another process is writing to this data",
    remedy: "Stop that process first. Two writers at one time would make each look like damage to the other.",
    exit: EXIT.lab,
  },
  INTEGRITY_LOCKED_ELSEWHERE: {
    title: "A process on another host or in another container holds the lock",
    remedy:
      "Make sure that it does not run any more, then take the lock over: nobody can look for it from here. Its blocks are fenced off by their epoch either way.",
    exit: EXIT.lab,
  },
});

/** Makes an error of the journal. */
export const journalError = errorsOf(JOURNAL_ERRORS);
