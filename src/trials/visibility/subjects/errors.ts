import { defineErrors, errorsOf, EXIT } from "../../../core/errors.ts";

export const DIAL_ERRORS = defineErrors({
  SUBJECT_BAD_DIALS: {
    title: "A subject's dials make no sense",
    remedy: "Correct the named dial; the interface of the dials says what each one takes.",
    exit: EXIT.usage,
  },
});

/** Makes an error of dials. */
export const dialError = errorsOf(DIAL_ERRORS);
