import { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { demultiplex, hijackedChannel } from "./channel.ts";

function frame(stream: 1 | 2, payload: Buffer): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** A connection whose far end is played by the test. */
function connection(chunks: Buffer[]) {
  const written: string[] = [];
  const stream = new Duplex({
    read() {
      this.push(chunks.shift() ?? null);
    },
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString());
      done();
    },
  });
  return { stream, written };
}

describe("taking the engine's stream apart", () => {
  it("gives the same text however the bytes are cut", async () => {
    const frames = fc.array(fc.tuple(fc.constantFrom(1 as const, 2 as const), fc.string({ unit: "grapheme" })));
    await fc.assert(
      fc.asyncProperty(frames, fc.array(fc.nat(), { minLength: 1 }), async (parts, cuts) => {
        const of = (stream: 1 | 2) =>
          parts
            .filter(([which]) => which === stream)
            .map(([, part]) => part)
            .join("");
        const bytes = Buffer.concat(parts.map(([stream, part]) => frame(stream, Buffer.from(part))));
        let errors = "";
        const output = demultiplex((error) => (errors += error));
        const read = text(output);
        let at = 0;
        for (const cut of cuts) {
          output.write(bytes.subarray(at, at + (cut % 20)));
          at += cut % 20;
        }
        output.end(bytes.subarray(at));
        expect(await read).toBe(of(1));
        expect(errors).toBe(of(2));
      }),
    );
  });
});

describe("a channel over a hijacked connection", () => {
  it("carries input, output and the last words, and says why it ended", async () => {
    const { stream, written } = connection([frame(1, Buffer.from("hello")), frame(2, Buffer.from("oh no"))]);
    const channel = hijackedChannel(stream, async () => "exit status 7");
    channel.input.write("ahoy");
    expect(await text(channel.output)).toBe("hello");
    expect(await channel.closed).toEqual({ reason: "exit status 7" });
    expect(channel.errorTail()).toBe("oh no");
    expect(written).toEqual(["ahoy"]);
    await channel.close();
    await channel.close();
  });

  it("ends, and not throws, when the connection breaks", async () => {
    const { stream } = connection([frame(1, Buffer.from("hello"))]);
    const channel = hijackedChannel(stream, async () => "not asked");
    stream.destroy(new Error("connection reset"));
    expect(await channel.closed).toEqual({ reason: "connection reset" });
    expect(await text(channel.output)).toBe("");
  });
});
