/** Names of labels and their values, in the order in which they are written. */
export type Labels = Readonly<Record<string, string>>;

/** A value that only grows. */
export interface Counter {
  add(amount: number, labels?: Labels): void;
}
/** A value that is set. */
export interface Gauge {
  set(value: number, labels?: Labels): void;
}
/** How often values fell below each bound. */
export interface Histogram {
  observe(value: number): void;
}

/** A set of metrics, written in the Prometheus text format 0.0.4. */
export interface Exposition {
  counter(name: string, help: string): Counter;
  gauge(name: string, help: string): Gauge;
  /** `bounds` ascend; values above the last are counted under +Inf. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram;
  render(): string;
}

/** The Content-Type of what `render` gives. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** An empty set of metrics; they are rendered in the order in which they were made. */
export function createExposition(): Exposition {
  const parts: (() => string[])[] = [];
  const valued = (type: string, name: string, help: string) => {
    const values = new Map<string, number>();
    parts.push(() => [...head(name, type, help), ...[...values].map(([labels, value]) => `${name}${labels} ${value}`)]);
    return values;
  };
  return {
    counter: (name, help) => {
      const values = valued("counter", name, help);
      return { add: (amount, labels = {}) => void values.set(text(labels), (values.get(text(labels)) ?? 0) + amount) };
    },
    gauge: (name, help) => {
      const values = valued("gauge", name, help);
      return { set: (value, labels = {}) => void values.set(text(labels), value) };
    },
    histogram: (name, help, bounds) => {
      const counts = bounds.map(() => 0);
      const total = { count: 0, sum: 0 };
      parts.push(() => [...head(name, "histogram", help), ...histogramLines(name, bounds, counts, total)]);
      return {
        observe: (value) => {
          total.count++;
          total.sum += value;
          for (const [i, bound] of bounds.entries()) if (value <= bound) counts[i] = (counts[i] ?? 0) + 1;
        },
      };
    },
    render: () => `${parts.flatMap((part) => part()).join("\n")}\n`,
  };
}

function head(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}

function histogramLines(
  name: string,
  bounds: readonly number[],
  counts: readonly number[],
  { count, sum }: { count: number; sum: number },
): string[] {
  return [
    ...bounds.map((bound, i) => `${name}_bucket${text({ le: String(bound) })} ${counts[i] ?? 0}`),
    `${name}_bucket${text({ le: "+Inf" })} ${count}`,
    `${name}_sum ${sum}`,
    `${name}_count ${count}`,
  ];
}

function text(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
