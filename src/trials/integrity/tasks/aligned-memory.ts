/** What a WebAssembly memory grows by. */
const WASM_PAGE_BYTES = 65_536;

/** The part of the JavaScript API that is used; it is no part of the language's own library of types. */
interface WithWebAssembly {
  WebAssembly: { Memory: new (size: { initial: number; maximum: number }) => { buffer: ArrayBuffer } };
}

/**
 * Zeroed bytes that begin on a page boundary, as O_DIRECT wants them; a Buffer or an ArrayBuffer begins anywhere. The
 * memory of a WebAssembly.Memory is mapped by itself.
 */
export function alignedBuffer(sizeBytes: number): Buffer {
  const pages = Math.ceil(sizeBytes / WASM_PAGE_BYTES);
  const { Memory } = (globalThis as unknown as WithWebAssembly).WebAssembly;
  return Buffer.from(new Memory({ initial: pages, maximum: pages }).buffer, 0, sizeBytes);
}
