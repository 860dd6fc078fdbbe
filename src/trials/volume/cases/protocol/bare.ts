import type { Socket } from "node:net";
import type { DriverClient } from "../../client.ts";

const KEPT_CHARACTERS = 4096;

/** A bare connection to a driver, for requests that no client of HTTP sends, and what has come back on it. */
export class BareConnection implements Disposable {
  readonly #socket: Socket;
  /** Since the last `forget`; the first of it when it is much. */
  #received = "";
  /** Resolves when the driver, or the suite, has closed the connection. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => {});
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      if (this.#received.length < KEPT_CHARACTERS) this.#received += text;
    });
  }

  /** @throws Error when nobody listens */
  static async open(driver: DriverClient): Promise<BareConnection> {
    return new BareConnection(await driver.connect());
  }

  get received(): string {
    return this.#received;
  }

  get isClosed(): boolean {
    return this.#socket.closed || this.#socket.destroyed || this.#socket.readableEnded;
  }

  /** Of the answer, once its first line is there. */
  get status(): number | undefined {
    const found = /^HTTP\/1\.[01] (\d{3}) /.exec(this.#received)?.[1];
    return found === undefined ? undefined : Number(found);
  }

  /** Whether the answer is there to its end; one without a length has none but the connection's. */
  get isAnswered(): boolean {
    const end = this.#received.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const head = this.#received.slice(0, end);
    const body = this.#received.slice(end + 4);
    const length = /^content-length: *(\d+)/im.exec(head)?.[1];
    if (length !== undefined) return body.length >= Number(length);
    return /^transfer-encoding: *chunked/im.test(head) ? body.endsWith("0\r\n\r\n") : this.isClosed;
  }

  forget(): void {
    this.#received = "";
  }

  /** Resolves when there is room for more, or the connection is closed, or `limitMs` is over. */
  async write(data: string | Buffer, limitMs: number): Promise<void> {
    if (this.isClosed || this.#socket.write(data)) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      const end = () => {
        clearTimeout(timer);
        this.#socket.off("drain", end);
        this.#socket.off("close", end);
        resolve();
      };
      this.#socket.once("drain", end);
      this.#socket.once("close", end);
    });
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/** The head of a POST as engines write it. `length` is "chunked" or the body's, in bytes. */
export function headOf(call: string, length: number | "chunked"): string {
  const framing = length === "chunked" ? "Transfer-Encoding: chunked" : `Content-Length: ${length}`;
  return [`POST /${call} HTTP/1.1`, "Host: ", "User-Agent: Go-http-client/1.1", framing, "", ""].join("\r\n");
}
