import ts from "typescript";
import { lineAt, nodesOf, type ParsedFile } from "./source.ts";

/** Everything a file imports, types and lazy imports too. */
export function importsOf({ tree }: ParsedFile): { specifier: string; line: number }[] {
  const found: { specifier: string; line: number }[] = [];
  for (const node of nodesOf(tree)) {
    const specifier = specifierOf(node);
    if (specifier) found.push({ specifier: specifier.text, line: lineAt(tree, specifier.getStart()) });
  }
  return found;
}

function specifierOf(node: ts.Node): ts.StringLiteralLike | undefined {
  let found: ts.Node | undefined;
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) found = node.moduleSpecifier;
  else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) found = node.arguments[0];
  else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) found = node.argument.literal;
  return found && ts.isStringLiteralLike(found) ? found : undefined;
}
