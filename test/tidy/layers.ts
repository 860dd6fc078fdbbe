import { posix } from "node:path";
import { importsOf } from "./imports.ts";
import { isTest, type ParsedFile, type Violation } from "./source.ts";

/** Who may import what. `mayImport` and `folder` are patterns over paths; `$1` in a pattern is the folder's own capture. */
interface Layer {
  folder: string;
  mayImport: string[];
  packages: string[];
  /** Node's own modules; without them a layer can do no I/O. */
  node: boolean;
}

/** The first row whose folder matches a file holds for it. A layer may always import itself. */
const LAYERS: readonly Layer[] = [
  { folder: "src/core/", mayImport: [], packages: ["zod"], node: false },
  { folder: "src/statistics/", mayImport: [], packages: [], node: false },
  { folder: "src/faults/", mayImport: ["src/core/"], packages: ["zod"], node: false },
  { folder: "src/subjects/", mayImport: ["src/core/"], packages: [], node: true },
  { folder: "src/disk/", mayImport: ["src/core/", "src/fuse/", "src/subjects/"], packages: ["zod"], node: true },
  {
    folder: "src/runtimes/docker/",
    mayImport: ["src/core/", "src/disk/", "src/runtimes/[a-z]+\\.ts"],
    packages: ["zod", "dockerode", "tar-stream"],
    node: true,
  },
  {
    folder: "src/runtimes/contract(\\.ts|/)",
    mayImport: ["src/core/", "src/agent/", "src/runtimes/contract/"],
    packages: [],
    node: true,
  },
  {
    folder: "src/runtimes/embedded/",
    mayImport: ["src/core/", "src/disk/", "src/runtimes/[a-z]+\\.ts", "src/agent/child\\.ts"],
    packages: [],
    node: true,
  },
  {
    folder: "src/runtimes/[a-z]+(\\.test)?\\.ts",
    mayImport: ["src/core/", "src/disk/", "src/runtimes/[a-z]+\\.ts"],
    packages: [],
    node: true,
  },
  { folder: "src/runtimes/([^/]+)/", mayImport: ["src/core/"], packages: ["zod"], node: true },
  { folder: "src/driver/", mayImport: ["src/core/"], packages: ["zod"], node: true },
  { folder: "src/fuse/", mayImport: ["src/core/"], packages: [], node: true },
  {
    folder: "src/trials/volume/engine/",
    mayImport: ["src/core/", "src/subjects/", "src/trials/volume/"],
    packages: ["zod", "dockerode", "tar-stream"],
    node: true,
  },
  {
    folder: "src/trials/([^/]+)/subjects/",
    mayImport: ["src/core/", "src/fuse/", "src/subjects/", "src/trials/$1/"],
    packages: ["zod"],
    node: true,
  },
  {
    folder: "src/trials/([^/]+)/tasks/",
    mayImport: ["src/core/", "src/statistics/", "src/agent/protocol\\.ts", "src/trials/$1/"],
    packages: ["zod"],
    node: true,
  },
  {
    folder: "src/trials/([^/]+)/",
    mayImport: [
      "src/core/",
      "src/statistics/",
      "src/faults/topology\\.ts",
      "src/agent/protocol\\.ts",
      "src/trials/$1/",
    ],
    packages: ["zod"],
    node: true,
  },
  { folder: "src/trials/index\\.ts", mayImport: ["src/core/", "src/trials/"], packages: [], node: false },
  {
    folder: "src/agent/main\\.ts",
    mayImport: ["src/core/", "src/agent/", "src/trials/[^/]+/tasks/"],
    packages: ["zod"],
    node: true,
  },
  { folder: "src/agent/", mayImport: ["src/core/"], packages: ["zod"], node: true },
  { folder: "src/store/", mayImport: ["src/core/"], packages: ["zod"], node: true },
  {
    folder: "src/engine/",
    mayImport: ["src/core/", "src/statistics/", "src/faults/", "src/store/", "src/agent/"],
    packages: ["zod"],
    node: true,
  },
  {
    folder: "src/report/",
    mayImport: ["src/core/", "src/statistics/", "src/store/reader\\.ts"],
    packages: ["zod", "echarts", "picocolors"],
    node: true,
  },
  {
    folder: "src/testing/",
    mayImport: ["src/core/", "src/runtimes/contract\\.ts", "src/store/", "src/engine/", "src/agent/"],
    packages: ["zod"],
    node: true,
  },
  {
    folder: "src/cli/",
    mayImport: ["src/"],
    packages: ["zod", "yaml", "commander", "picocolors", "log-update"],
    node: true,
  },
  { folder: "src/index\\.ts", mayImport: ["src/(?!cli/)"], packages: [], node: false },
];

/** Imports that the table of layers does not allow, and files that no layer holds. */
export function layerViolations(file: ParsedFile): Violation[] {
  if (!file.path.startsWith("src/") || isTest(file.path)) return [];
  for (const layer of LAYERS) {
    const match = new RegExp(`^${layer.folder}`).exec(file.path);
    if (match) return forbiddenImports(file, layer, match);
  }
  return [{ path: file.path, line: 1, message: "belongs to no layer of the house" }];
}

function forbiddenImports(file: ParsedFile, layer: Layer, match: RegExpExecArray): Violation[] {
  const allowed = [layer.folder === "src/index\\.ts" ? "src/index" : escaped(match[0]), ...layer.mayImport].map(
    (pattern) => new RegExp(`^${pattern.replace("$1", match[1] ?? "")}`),
  );
  const allows = (specifier: string): boolean => {
    if (specifier.startsWith("node:")) return layer.node;
    if (!specifier.startsWith(".")) return layer.packages.includes(packageName(specifier));
    const target = posix.join(posix.dirname(file.path), specifier);
    return allowed.some((pattern) => pattern.test(target));
  };
  return importsOf(file)
    .filter(({ specifier }) => !allows(specifier))
    .map(({ specifier, line }) => ({ path: file.path, line, message: `may not import ${specifier}` }));
}

function packageName(specifier: string): string {
  const [scope = "", name = ""] = specifier.split("/");
  return scope.startsWith("@") ? `${scope}/${name}` : scope;
}

function escaped(text: string): string {
  return text.replaceAll(".", "\\.");
}
