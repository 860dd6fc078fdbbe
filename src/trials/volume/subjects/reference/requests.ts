import { VOLUME_NAME } from "./back-end.ts";
import { Refusal } from "./refusal.ts";

const MOUNT_ID = /^[A-Za-z0-9][A-Za-z0-9_.:-]{0,255}$/;
const UTF8 = new TextDecoder("utf-8", { fatal: true });

/** A request that makes no sense. */
export class BadRequest extends Refusal {}

/**
 * Reads bodies. Engines send JSON that is right; what else comes is an attack, a mistake, or the retry of an engine
 * whose first attempt lost its body, which must not be done to the volume "".
 */
export class RequestReader {
  /** @throws BadRequest where it is no JSON object in UTF-8 */
  fields(body: Buffer): Record<string, unknown> {
    const value = parse(body);
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new BadRequest("the request is no JSON object");
    return value as Record<string, unknown>;
  }

  /** @throws BadRequest */
  name(fields: Record<string, unknown>): string {
    const name = fields["Name"];
    if (typeof name !== "string" || !VOLUME_NAME.test(name))
      throw new BadRequest(
        "Name must be 1 to 128 letters, digits, dots, underscores and hyphens, a letter or digit first",
      );
    return name;
  }

  /** @throws BadRequest */
  mountId(fields: Record<string, unknown>): string {
    const id = fields["ID"];
    if (typeof id !== "string" || !MOUNT_ID.test(id)) throw new BadRequest("ID must be a text as engines make them");
    return id;
  }

  /** A map, because an object has names of its own. @throws BadRequest */
  options(fields: Record<string, unknown>): Map<string, string> {
    const given = fields["Opts"] ?? {};
    if (typeof given !== "object" || Array.isArray(given)) throw new BadRequest("Opts must be an object or null");
    const options = new Map(Object.entries(given as Record<string, unknown>));
    for (const value of options.values())
      if (typeof value !== "string") throw new BadRequest("the value of each option must be a text");
    return options as Map<string, string>;
  }
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(UTF8.decode(body)) as unknown;
  } catch {
    throw new BadRequest("the request is no JSON in UTF-8");
  }
}
