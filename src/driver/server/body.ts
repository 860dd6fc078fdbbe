import type { IncomingMessage } from "node:http";

/** Why a body was not taken, with the status that says so. */
export class BodyRefused extends Error {
  override readonly name = "BodyRefused";
  readonly status: 400 | 408 | 413;

  constructor(status: 400 | 408 | 413, message: string) {
    super(message);
    this.status = status;
  }
}

/** How much of a body is taken, and how long it may take to come. */
export interface BodyLimits {
  sizeBytes: number;
  timeoutMs: number;
}

/** The whole body as text. @throws BodyRefused */
export async function readBody(request: IncomingMessage, limits: BodyLimits): Promise<string> {
  const declared = Number(request.headers["content-length"] ?? 0);
  if (declared > limits.sizeBytes) throw tooLarge(limits);
  return decode(await collect(request, limits));
}

function collect(request: IncomingMessage, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    const late = setTimeout(
      () => reject(new BodyRefused(408, `the body has not come within ${limits.timeoutMs} ms`)),
      limits.timeoutMs,
    );
    request.on("data", (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes <= limits.sizeBytes) chunks.push(chunk);
      else reject(tooLarge(limits));
    });
    request.on("end", () => resolve(Buffer.concat(chunks)));
    request.on("close", () => {
      clearTimeout(late);
      reject(new BodyRefused(400, "the connection ended within the body"));
    });
  });
}

function tooLarge({ sizeBytes }: BodyLimits): BodyRefused {
  return new BodyRefused(413, `the body is larger than ${sizeBytes} bytes`);
}

/** A byte order mark is kept, so that it is refused as what it is: no JSON. */
function decode(bytes: Buffer): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new BodyRefused(400, "the body is not valid UTF-8");
  }
}
