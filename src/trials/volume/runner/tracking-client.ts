import { type Answer, DriverClient, isObject, type Request } from "../client.ts";

/** What a case has left mounted or made, as far as its own calls tell. */
export interface Remains {
  /** Each as often as it has to be unmounted. */
  mounts: { volume: string; id: string }[];
  volumes: string[];
}

/** A client that keeps in mind what its calls made, so that it can be taken away again. */
export class TrackingClient extends DriverClient {
  readonly #mounts = new Map<string, { volume: string; id: string; count: number }>();
  readonly #volumes = new Set<string>();

  override async request(request: Request): Promise<Answer> {
    const answer = await super.request(request);
    const { volume, id } = namedIn(request);
    if (volume !== "") this.#note(request.path, { volume, id, answer });
    return answer;
  }

  /** What is left by now. */
  remains(): Remains {
    return {
      mounts: [...this.#mounts.values()].flatMap(({ volume, id, count }) =>
        Array.from({ length: count }, () => ({ volume, id })),
      ),
      volumes: [...this.#volumes],
    };
  }

  #note(path: string, { volume, id, answer }: { volume: string; id: string; answer: Answer }): void {
    // What was asked for and not refused may still be done: only a definite no leaves nothing behind.
    const mayBeDone = answer.ok || answer.silence !== undefined;
    if (path === "/VolumeDriver.Create" && mayBeDone) this.#volumes.add(volume);
    if (path === "/VolumeDriver.Remove" && answer.ok) this.#volumes.delete(volume);
    if (path === "/VolumeDriver.Mount" && mayBeDone) this.#count(volume, id, 1);
    if (path === "/VolumeDriver.Unmount" && answer.ok) this.#count(volume, id, -1);
  }

  #count(volume: string, id: string, change: 1 | -1): void {
    const key = JSON.stringify([volume, id]);
    const mount = this.#mounts.get(key) ?? { volume, id, count: 0 };
    this.#mounts.set(key, { ...mount, count: Math.max(0, mount.count + change) });
  }
}

function namedIn({ body }: Request): { volume: string; id: string } {
  const nothing = { volume: "", id: "" };
  if (body === undefined) return nothing;
  try {
    const sent: unknown = JSON.parse(body.toString());
    if (!isObject(sent) || typeof sent["Name"] !== "string") return nothing;
    return { volume: sent["Name"], id: typeof sent["ID"] === "string" ? sent["ID"] : "" };
  } catch {
    return nothing;
  }
}
