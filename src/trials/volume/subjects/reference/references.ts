/** How often one mount ID holds a volume, and since which epoch. */
export interface Reference {
  count: number;
  epoch: number;
}

/** References as they are kept: volume, mount ID, reference. */
export type ReferenceTable = Record<string, Record<string, Reference>>;

/**
 * Who holds what. An ID belongs to one mount of one container and comes back: `docker cp` mounts with the ID of the
 * running container (so IDs are counted), Podman uses one ID for all volumes (so they are counted per volume), and an
 * engine that was killed mounts again with an ID that it never unmounted. That last one looks like `docker cp`, so
 * counting needs epochs: a new one begins when an engine activates the driver, and the first Mount of an ID from an
 * older epoch takes the old reference over.
 */
export class References {
  protected readonly volumes = new Map<string, Map<string, Reference>>();
  protected epoch = 1;

  /** An engine has started. */
  beginEpoch(): void {
    this.epoch += 1;
  }

  add(volume: string, id: string): void {
    const ids = this.volumes.get(volume) ?? new Map<string, Reference>();
    const held = ids.get(id);
    const count = held?.epoch === this.epoch ? held.count + 1 : 1;
    this.volumes.set(volume, ids.set(id, { count, epoch: this.epoch }));
  }

  /** One Unmount. An ID that holds nothing changes nothing. */
  drop(volume: string, id: string): void {
    const ids = this.volumes.get(volume);
    const held = ids?.get(id);
    if (!ids || !held) return;
    if (held.count > 1) ids.set(id, { ...held, count: held.count - 1 });
    else ids.delete(id);
    if (ids.size === 0) this.volumes.delete(volume);
  }

  /** All of a volume's references, whoever holds them. */
  count(volume: string): number {
    return [...(this.volumes.get(volume)?.values() ?? [])].reduce((sum, { count }) => sum + count, 0);
  }

  /** Forgets all of a volume's references: what is not mounted is held by nobody. */
  clear(volume: string): void {
    this.volumes.delete(volume);
  }

  /** Volumes that are held. */
  held(): string[] {
    return [...this.volumes.keys()];
  }

  /** For the state file. */
  save(): { epoch: number; references: ReferenceTable } {
    const references = Object.fromEntries([...this.volumes].map(([name, ids]) => [name, Object.fromEntries(ids)]));
    return { epoch: this.epoch, references };
  }

  /** From the state file. */
  restore(epoch: number, references: ReferenceTable): void {
    this.epoch = epoch;
    for (const [volume, ids] of Object.entries(references)) this.volumes.set(volume, new Map(Object.entries(ids)));
  }
}
