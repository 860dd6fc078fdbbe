/** Where a journal lives: a file whose size never changes. */
export interface JournalStorage {
  /** For messages. */
  readonly name: string;
  readonly sizeBytes: number;
  read(offset: number, lengthBytes: number): Buffer;
  /** Sectors of 512 bytes; each may reach the disk or not, in any order, until `sync` has returned. */
  write(offset: number, bytes: Uint8Array): void;
  /** Returns once all that was written is durable. After it has thrown, what was written since the last one is unknown. */
  sync(): void;
}
