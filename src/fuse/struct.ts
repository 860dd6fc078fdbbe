const WORD = 2 ** 32;

/** Reads a little-endian C struct member after member. Numbers above 2^53 lose precision; use `big64` for those. */
export class StructReader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#at = at;
  }

  u32(): number {
    this.#at += 4;
    return this.#bytes.readUInt32LE(this.#at - 4);
  }

  u64(): number {
    const low = this.u32();
    return low + this.u32() * WORD;
  }

  big64(): bigint {
    this.#at += 8;
    return this.#bytes.readBigUInt64LE(this.#at - 8);
  }

  skip(lengthBytes: number): this {
    this.#at += lengthBytes;
    return this;
  }

  /** A text that ends with a NUL byte, as names and link targets come. */
  text(): string {
    const end = this.#bytes.indexOf(0, this.#at);
    const text = this.#bytes.toString("utf8", this.#at, end);
    this.#at = end + 1;
    return text;
  }

  /** The next `lengthBytes`, not copied. */
  bytes(lengthBytes: number): Buffer {
    this.#at += lengthBytes;
    return this.#bytes.subarray(this.#at - lengthBytes, this.#at);
  }
}

/** Fills a little-endian C struct of `sizeBytes` member after member; members left out are zero. */
export class StructWriter {
  readonly bytes: Buffer;
  #at = 0;

  constructor(sizeBytes: number) {
    this.bytes = Buffer.alloc(sizeBytes);
  }

  u16(value: number): this {
    this.bytes.writeUInt16LE(value, this.#at);
    return this.skip(2);
  }

  /** Takes negative numbers too, as two's complement. */
  u32(value: number): this {
    this.bytes.writeUInt32LE(value >>> 0, this.#at);
    return this.skip(4);
  }

  u64(value: number | bigint): this {
    if (typeof value === "number") return this.u32(value % WORD).u32(Math.floor(value / WORD));
    this.bytes.writeBigUInt64LE(BigInt.asUintN(64, value), this.#at);
    return this.skip(8);
  }

  raw(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at);
    return this.skip(bytes.length);
  }

  skip(lengthBytes: number): this {
    this.#at += lengthBytes;
    return this;
  }
}
