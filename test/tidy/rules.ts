import ts from "typescript";
import { isTest, lineAt, linesMatching, nodesOf, type ParsedFile, type Rule, type Violation } from "./source.ts";

const MAX_FUNCTION_LINES = 70;
const MAX_FILE_LINES = 400;

/** Files of at most 400 lines. */
export function fileLength({ path, text }: ParsedFile): Violation[] {
  const lines = text.trimEnd().split("\n").length;
  return lines > MAX_FILE_LINES ? [{ path, line: lines, message: `${lines} lines, at most ${MAX_FILE_LINES}` }] : [];
}

/** Functions of at most 70 lines; the bodies that tests hand to `describe` are tables of contents and may be longer. */
export function functionLength(file: ParsedFile): Violation[] {
  const found: Violation[] = [];
  for (const node of nodesOf(file.tree)) {
    if (!ts.isFunctionLike(node) || (isTest(file.path) && ts.isCallExpression(node.parent))) continue;
    const line = lineAt(file.tree, node.getStart());
    const lines = lineAt(file.tree, node.end) - line + 1;
    if (lines <= MAX_FUNCTION_LINES) continue;
    found.push({ path: file.path, line, message: `a function of ${lines} lines, at most ${MAX_FUNCTION_LINES}` });
  }
  return found;
}

/** Files that may talk to the process they run in. */
const MAINS =
  /^(src\/cli\/main\.ts$|src\/agent\/main\.ts$|src\/disk\/main\.ts$|src\/trials\/[^/]+\/subjects\/(.+\/)?main\.ts$|scripts\/|bench\/)/;
const PROCESS_MEMBERS = new Set("exit exitCode env argv on once stdin stdout stderr cwd chdir".split(" "));
const BANNED_EVERYWHERE = new Set(["Math.random", "Date.now"]);

/** What makes code untestable: the process, the console, clocks and dice other than those handed in; and `any`. */
export function bannedCalls(file: ParsedFile): Violation[] {
  if (isTest(file.path)) return [];
  const mayTalk = MAINS.test(file.path);
  const found: Violation[] = [];
  for (const node of nodesOf(file.tree)) {
    const what = bannedThing(node, mayTalk);
    if (what) found.push({ path: file.path, line: lineAt(file.tree, node.getStart()), message: `uses ${what}` });
  }
  return found;
}

function bannedThing(node: ts.Node, mayTalk: boolean): string | undefined {
  if (node.kind === ts.SyntaxKind.AnyKeyword) return "any";
  if (!ts.isPropertyAccessExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  const owner = node.expression.text;
  const name = `${owner}.${node.name.text}`;
  if (BANNED_EVERYWHERE.has(name)) return name;
  if (mayTalk) return undefined;
  return owner === "console" || (owner === "process" && PROCESS_MEMBERS.has(node.name.text)) ? name : undefined;
}

/** Words of one vendor, the folder that may say them, and the one place that puts the house together. */
const VENDORS = [
  {
    words: /docker|podman|moby|containerd/i,
    home: "src/runtimes/docker/",
    // The protocol of volume plugins is one vendor's, and so is what its engines do with an answer.
    also: ["src/trials/volume/", "src/driver/"],
  },
  { words: /kubernetes|kubectl|k8s/i, home: "src/runtimes/kubernetes/", also: [] },
];

/** A vendor's word outside its own folder. The command line speaks to users and may name what they run. */
export function vendorWords(file: ParsedFile): Violation[] {
  if (!file.path.startsWith("src/") || file.path.startsWith("src/cli/") || isTest(file.path)) return [];
  const isAtHome = (folder: string) => file.path.startsWith(folder);
  return VENDORS.filter(({ home, also }) => ![home, ...also].some(isAtHome)).flatMap(({ words, home }) =>
    linesMatching(file, words, `a word that belongs in ${home}`),
  );
}

/** Exported functions, interfaces and classes say in a TSDoc comment what their name does not. */
export function undocumentedExports(file: ParsedFile): Violation[] {
  if (!file.path.startsWith("src/") || isTest(file.path)) return [];
  return file.tree.statements
    .filter((node) => ts.isFunctionDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isClassDeclaration(node))
    .filter((node) => node.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .filter((node) => ts.getJSDocCommentsAndTags(node).length === 0)
    .map((node) => ({
      path: file.path,
      line: lineAt(file.tree, node.getStart()),
      message: `exports ${node.name?.text ?? "a default"} without a sentence of TSDoc`,
    }));
}

/** Names that say nothing of what is inside. */
export function emptyNames({ path }: ParsedFile): Violation[] {
  const empty = /(^|\/)(utils?|helpers?|common|misc|shared|types)(\/|\.ts$)/.test(path);
  return empty ? [{ path, line: 1, message: "a name that does not say what is inside" }] : [];
}

/** Promises and decorations that belong in no finished file. */
export const leftovers: Rule = (file) => [
  ...linesMatching(file, /\b(TO[D]O|FIX[M]E|HA[C]K)\b/, "an unkept promise"),
  ...linesMatching(file, /^\s*(\/\/|\/?\*+)\s*[-=*#~]{4,}/, "a banner"),
];

const CHECKOUT = /\/work\/(main|shared)\b/;
const HOME = /\/home\/[a-z]|\/Users\/[A-Za-z]/;

/** Paths that exist on one machine only. Tests may make up somebody's home. */
export const machinePaths: Rule = (file) => [
  ...linesMatching(file, CHECKOUT, "a path of one machine"),
  ...(isTest(file.path) ? [] : linesMatching(file, HOME, "a path of one machine")),
];
