import { defineErrors, errorsOf, EXIT } from "../core/errors.ts";

export const SUBJECT_ERRORS = defineErrors({
  SUBJECT_NOT_BUILT: {
    title: "A subject's program is missing",
    remedy: "Build the programs that run beside the lab: npm run build.",
    exit: EXIT.lab,
  },
  SUBJECT_FAILED: {
    title: "A subject did not start, or ended by itself",
    remedy: "Read the reason above: it is what the subject's own process said.",
    exit: EXIT.lab,
  },
});

/** Makes an error of programs that run beside the lab. */
export const subjectError = errorsOf(SUBJECT_ERRORS);
