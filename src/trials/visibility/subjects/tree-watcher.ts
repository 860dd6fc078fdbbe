import fs from "node:fs";
import path from "node:path";

/**
 * Tells of every change below a directory, by path, in order, some tens of microseconds after it. One change of the
 * tree can be told several times (a new file with content: at its making and at its writing).
 */
export class TreeWatcher {
  readonly #watchers = new Map<string, fs.FSWatcher>();
  readonly #onChange: (path: string) => void;

  constructor(root: string, onChange: (path: string) => void) {
    this.#onChange = onChange;
    this.#add(root);
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** What was made in a new directory before it was watched is told of as well. */
  #add(directory: string, tell = false): void {
    try {
      const watcher = fs.watch(directory, (kind, name) => {
        if (name !== null) this.#see(kind, path.join(directory, name));
      });
      watcher.on("error", () => this.#remove(directory));
      this.#watchers.get(directory)?.close();
      this.#watchers.set(directory, watcher);
      for (const entry of fs.readdirSync(directory, { withFileTypes: true })) {
        const child = path.join(directory, entry.name);
        if (tell) this.#onChange(child);
        if (entry.isDirectory()) this.#add(child, tell);
      }
    } catch {
      // It went away while it was being added: its own removal is told of by the directory above.
      this.#remove(directory);
    }
  }

  #see(kind: string, changed: string): void {
    const isDirectory = kind === "rename" && (fs.lstatSync(changed, { throwIfNoEntry: false })?.isDirectory() ?? false);
    if (kind === "rename") this.#remove(changed);
    this.#onChange(changed);
    if (isDirectory) this.#add(changed, true);
  }

  #remove(directory: string): void {
    for (const [watched, watcher] of this.#watchers) {
      if (watched !== directory && !watched.startsWith(`${directory}/`)) continue;
      watcher.close();
      this.#watchers.delete(watched);
    }
  }
}
