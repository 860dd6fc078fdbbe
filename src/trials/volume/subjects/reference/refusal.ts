/** An error for the caller: it goes out as `Err`, so no secret, no value of an option and no path may be in it. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** The back end cannot be asked now. What is known of a volume still holds. */
export class BackEndAway extends Refusal {
  constructor() {
    super("the back end cannot be reached");
  }
}

/**
 * Nothing true can be said. The connection is dropped: an engine takes an error from Get for "there is no such volume",
 * forgets its labels and puts a local volume in its place, but it keeps all of that when nobody answers.
 */
export class NoAnswer extends Error {
  override readonly name = "NoAnswer";
}
