import { StringDecoder } from "node:string_decoder";

/** Cuts a byte stream into lines; returns the function to feed chunks to. A line may span many chunks. */
export function splitLines(onLine: (line: string) => void): (chunk: Uint8Array | string) => void {
  const decoder = new StringDecoder("utf8");
  let pending = "";
  return (chunk) => {
    pending +=
      typeof chunk === "string" ? chunk : decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    let start = 0;
    for (let end = pending.indexOf("\n"); end >= 0; end = pending.indexOf("\n", start)) {
      onLine(pending.slice(start, end));
      start = end + 1;
    }
    if (start > 0) pending = pending.slice(start);
  };
}
