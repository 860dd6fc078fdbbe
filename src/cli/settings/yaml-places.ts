import { type Document, isMap, isScalar, isSeq, type LineCounter, type Pair, type ParsedNode } from "yaml";

/** Says where things stand in a parsed file: `plan.yaml:3:5`. */
export interface YamlPlaces {
  /** Of a key, or of its nearest ancestor in the file. */
  ofPath(path: readonly PropertyKey[]): string;
  ofOffset(offset: number): string;
}

/** The places in a document that was parsed with `lines`. */
export function placesIn(file: string, document: Document.Parsed, lines: LineCounter): YamlPlaces {
  const ofOffset = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  return { ofOffset, ofPath: (path) => ofOffset(offsetOf(document, path)) };
}

/** Where the last key of a path stands; for a path that leads out of the file, where the way ends. */
function offsetOf({ contents }: Document.Parsed, path: readonly PropertyKey[]): number {
  let node: ParsedNode | null | undefined = contents;
  let offset = node?.range[0] ?? 0;
  for (const key of path) {
    if (isMap<ParsedNode, ParsedNode | null>(node)) {
      const pair: Pair<ParsedNode, ParsedNode | null> | undefined = node.items.find(
        ({ key: name }) => isScalar(name) && String(name.value) === String(key),
      );
      if (!pair) return offset;
      offset = pair.key.range[0];
      node = pair.value;
    } else if (isSeq<ParsedNode>(node)) {
      node = node.items[Number(key)];
      offset = node?.range[0] ?? offset;
    } else return offset;
  }
  return offset;
}
