import { fail } from "./errors.ts";

/** The API of Docker Engine 20.10, and the newest that this code was written against. */
const OLDEST: ApiVersion = [1, 41];
const NEWEST: ApiVersion = [1, 52];

type ApiVersion = readonly [major: number, minor: number];

/**
 * The API version to speak: the newest that both sides know. An engine that has dropped all that we know is spoken to
 * in its oldest, since what is used here has not changed since 1.41.
 * @throws ENGINE_TOO_OLD
 */
export function negotiateVersion(engine: { ApiVersion: string; MinAPIVersion?: string; Version?: string }): string {
  const newest = parse(engine.ApiVersion);
  if (compare(newest, OLDEST) < 0) {
    throw fail(
      "ENGINE_TOO_OLD",
      `engine ${engine.Version ?? ""} speaks API ${engine.ApiVersion}; at least ${OLDEST.join(".")} is needed`,
    );
  }
  const spoken = compare(newest, NEWEST) < 0 ? newest : NEWEST;
  const oldest = parse(engine.MinAPIVersion ?? "1.0");
  return `v${(compare(spoken, oldest) < 0 ? oldest : spoken).join(".")}`;
}

function parse(text: string): ApiVersion {
  const [major = 0, minor = 0] = text.split(".").map(Number);
  return [major, minor];
}

function compare(a: ApiVersion, b: ApiVersion): number {
  return a[0] - b[0] || a[1] - b[1];
}
