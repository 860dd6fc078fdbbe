import { type Duplex, Transform } from "node:stream";
import type { AgentChannel } from "../../core/agent.ts";

const ERROR_TAIL_CHARACTERS = 4000;

/** How long an agent may take to end by itself after its input was closed. */
const CLOSE_GRACE_MS = 2000;

const HEADER_BYTES = 8;
const STDERR = 2;

/**
 * The channel over a hijacked connection of attach or exec. `reasonOf` is asked once, when the stream has ended, for
 * what the engine knows of why.
 */
export function hijackedChannel(stream: Duplex, reasonOf: () => Promise<string>): AgentChannel {
  let tail = "";
  const output = demultiplex((text) => {
    tail = (tail + text).slice(-ERROR_TAIL_CHARACTERS);
  });
  let failure = "";
  const ended = new Promise<void>((resolve) => {
    stream.on("error", (error) => {
      failure ||= error.message;
    });
    stream.once("end", resolve);
    stream.once("close", resolve);
  });
  stream.pipe(output);
  const closed = ended.then(async () => {
    output.end();
    stream.destroy();
    return { reason: failure || (await reasonOf()) };
  });
  const close = async () => {
    stream.end();
    const timer = setTimeout(() => stream.destroy(), CLOSE_GRACE_MS);
    await ended;
    clearTimeout(timer);
  };
  return { input: stream, output, errorTail: () => tail, closed, close };
}

/**
 * Takes apart what the engine sends when there is no terminal: frames of one byte stream number, three zero bytes, a
 * big-endian length and the payload (Engine API, attach, "Stream format"). Standard output passes on as it comes.
 */
export function demultiplex(onErrorText: (text: string) => void): Transform {
  const errorDecoder = new TextDecoder();
  let header = Buffer.alloc(0);
  let isError = false;
  let leftBytes = 0;
  const take = (output: Transform, bytes: Buffer): Buffer => {
    if (leftBytes === 0) {
      const missing = HEADER_BYTES - header.length;
      header = Buffer.concat([header, bytes.subarray(0, missing)]);
      if (header.length === HEADER_BYTES) {
        isError = header[0] === STDERR;
        leftBytes = header.readUInt32BE(4);
        header = Buffer.alloc(0);
      }
      return bytes.subarray(missing);
    }
    const payload = bytes.subarray(0, leftBytes);
    leftBytes -= payload.length;
    if (isError) onErrorText(errorDecoder.decode(payload, { stream: true }));
    else output.push(payload);
    return bytes.subarray(payload.length);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let rest = chunk; rest.length > 0; ) rest = take(this, rest);
      done();
    },
  });
}
