import type { VolumeOptions } from "./model.ts";

/**
 * The options as they go out for one volume: `{name}` in a value is its name. What a hostile name has beside letters,
 * digits, dots and dashes stands as dashes, so that no path made of it leads elsewhere.
 */
export function namedOptions(options: VolumeOptions, name: string): VolumeOptions {
  const safe = name
    .replaceAll(/[^\w.-]/g, "-")
    .replace(/^\.+/, "-")
    .slice(0, 100);
  const filled = (value: unknown) => (typeof value === "string" ? value.replaceAll("{name}", () => safe) : value);
  // A case may send values that are no text, which stay as they are.
  return Object.fromEntries(Object.entries(options).map(([key, value]) => [key, filled(value)])) as VolumeOptions;
}
