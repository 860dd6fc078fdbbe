/** Where what is judged and the model of a right one differ. */
export class Differs extends Error {
  override readonly name = "Differs";
}

/** @throws Differs where it does not hold */
export function expect(holds: boolean, what: string, seen: string): asserts holds {
  if (!holds) throw new Differs(`${what}: ${seen}`);
}
