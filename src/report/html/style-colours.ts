/** Each colour once, for the light and the dark face; the reader's setting, the switch and print choose between them. */
const FACES: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  paper: ["#f8f6f1", "#0f1722"],
  card: ["#fffefb", "#151f2d"],
  wash: ["#f2efe7", "#1b2738"],
  ink: ["#16243a", "#e4eaf2"],
  muted: ["#586577", "#9dabbd"],
  rule: ["#ddd8cb", "#2b3a4e"],
  accent: ["#1f5583", "#8cc0ec"],
  pass: ["#1d6b4b", "#69c69b"],
  fail: ["#a92b20", "#ff8f80"],
  inconclusive: ["#855800", "#e6b955"],
  errored: ["#6a3d9c", "#c4a6f6"],
  skipped: ["#5b6675", "#9dabbd"],
  "chart-ink": ["#16243a", "#e4eaf2"],
  "chart-muted": ["#586577", "#9dabbd"],
  "chart-rule": ["#b5b3aa", "#465669"],
  "chart-grid": ["#ebe7dc", "#223044"],
  "chart-surface": ["#fffefb", "#151f2d"],
  "chart-mark": ["#8c2f23", "#ffab9e"],
  "chart-shade": ["#16243a12", "#e4eaf214"],
  "chart-box": ["#d3e2ee", "#24405a"],
  "chart-accent": ["#1f5583", "#8cc0ec"],
  "chart-series-0": ["#1f5f99", "#6fb3ec"],
  "chart-series-1": ["#c2570c", "#f5a25d"],
  "chart-series-2": ["#1b7f67", "#5bcbaa"],
  "chart-series-3": ["#a32a68", "#f08cbb"],
  "chart-series-4": ["#6d5bb0", "#b7a6f5"],
  "chart-series-5": ["#8a6d00", "#dcc25a"],
  "chart-series-6": ["#4c6a79", "#9fc0d1"],
  "chart-series-7": ["#7d4427", "#d6a184"],
  "chart-heat-0": ["#eef3f6", "#1b2a3b"],
  "chart-heat-1": ["#d2e2ec", "#1f3b54"],
  "chart-heat-2": ["#aac9dd", "#24506f"],
  "chart-heat-3": ["#7caacb", "#2d6a90"],
  "chart-heat-4": ["#4d87b2", "#468ab4"],
  "chart-heat-5": ["#2b6391", "#7fb4d6"],
  "chart-heat-6": ["#163f66", "#c3e0f2"],
  "chart-heat-ink-0": ["#16243a", "#e4eaf2"],
  "chart-heat-ink-1": ["#16243a", "#e4eaf2"],
  "chart-heat-ink-2": ["#16243a", "#ffffff"],
  "chart-heat-ink-3": ["#0b1626", "#ffffff"],
  "chart-heat-ink-4": ["#ffffff", "#0b1626"],
  "chart-heat-ink-5": ["#ffffff", "#0b1626"],
  "chart-heat-ink-6": ["#ffffff", "#0b1626"],
};

/** The light values stand first for browsers that do not know `light-dark()`. */
export const COLOURS = [
  ":root { color-scheme: light dark; }",
  `:root { ${Object.entries(FACES)
    .map(([name, [light]]) => `--${name}: ${light};`)
    .join(" ")} }`,
  `@supports (color: light-dark(red, red)) { :root { ${Object.entries(FACES)
    .map(([name, [light, dark]]) => `--${name}: light-dark(${light}, ${dark});`)
    .join(" ")} } }`,
].join("\n");
