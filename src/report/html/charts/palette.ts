/** The colours of a drawing by their role. Each is drawn as a placeholder and then named by a CSS variable. */
const ROLES = ["ink", "muted", "rule", "grid", "surface", "mark", "shade", "box", "accent", "calm", "notice"] as const;

/** Series beyond the eighth begin anew with another dash. */
export const SERIES_COLOURS = 8;

/** Steps of a heat map, from least to greatest, and the colour of text upon each. */
export const HEAT_STEPS = 7;

/** Things that are bad, told apart; a seventh begins anew with another sign. */
export const BAD_COLOURS = 6;

export type Role =
  | (typeof ROLES)[number]
  | `series-${number}`
  | `bad-${number}`
  | `heat-${number}`
  | `heat-ink-${number}`;

const NAMES: readonly Role[] = [
  ...ROLES,
  ...Array.from({ length: SERIES_COLOURS }, (_, i): Role => `series-${i}`),
  ...Array.from({ length: BAD_COLOURS }, (_, i): Role => `bad-${i}`),
  ...Array.from({ length: HEAT_STEPS }, (_, i): Role => `heat-${i}`),
  ...Array.from({ length: HEAT_STEPS }, (_, i): Role => `heat-ink-${i}`),
];

const PREFIX = "#fe01";

/** A colour that stands for a role while a chart is drawn: a drawing library wants colours that it can parse. */
export function placeholder(role: Role): string {
  return PREFIX + NAMES.indexOf(role).toString(16).padStart(2, "0");
}

/** Puts the page's CSS variables where placeholders are, so that one drawing serves the light and the dark face. */
export function withVariables(svg: string): string {
  return svg.replace(/#fe01([0-9a-f]{2})/g, (whole, digits: string) => {
    const role = NAMES[Number.parseInt(digits, 16)];
    return role === undefined ? whole : `var(--chart-${role})`;
  });
}
