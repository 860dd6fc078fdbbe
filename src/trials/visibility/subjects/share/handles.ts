import fs from "node:fs";
import { Refusal } from "../../../../fuse/errors.ts";
import type { ListedName } from "./recall.ts";

/** An open file of the source. */
export interface FileHandle {
  node: number;
  descriptor: number;
}

/** What has been opened through the share and not closed yet. */
export class HandleTable {
  readonly #files = new Map<number, FileHandle>();
  readonly #listings = new Map<number, ListedName[]>();
  #nextId = 1;

  addFile(file: FileHandle): number {
    this.#files.set(this.#nextId, file);
    return this.#nextId++;
  }

  addListing(names: ListedName[]): number {
    this.#listings.set(this.#nextId, names);
    return this.#nextId++;
  }

  file(id: number): FileHandle {
    const file = this.#files.get(id);
    if (!file) throw new Refusal("EBADF");
    return file;
  }

  listing(id: number): ListedName[] {
    return this.#listings.get(id) ?? [];
  }

  replaceListing(id: number, names: ListedName[]): void {
    this.#listings.set(id, names);
  }

  close(id: number): void {
    const file = this.#files.get(id);
    this.#files.delete(id);
    this.#listings.delete(id);
    if (file) fs.closeSync(file.descriptor);
  }
}
