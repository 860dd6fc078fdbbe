import { PassThrough, type Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type Dockerode from "dockerode";
import tar from "tar-stream";
import type { ContainerMount, ContainerSpec, EngineContainer } from "../subject.ts";
import { asked, found, refusalOf } from "./refusal.ts";
import { namedOptions } from "../named-options.ts";

/** Of all containers of the suite: what a killed lab has left on a user's engine is found by it. */
const LABEL = "seatrial.volume";

/** Below the limit of the client's calls: one that is passed within an answer leaves its caller without a word. */
const WAIT_MS = 60_000;

/** Where containers are made, and of what. */
export interface ContainerPlace {
  engine: Dockerode;
  image: string;
  /** The driver's name. */
  driver: string;
}

/** Makes a container, without a network, and starts nothing. @throws EngineRefused */
export async function makeContainer(place: ContainerPlace, spec: ContainerSpec): Promise<EngineContainer> {
  const { engine, image, driver } = place;
  const { script, mounts, user, mayMount = false, isPassing = false, usesDriver = true } = spec;
  const isBind = ({ made, subpath }: ContainerMount) => made === undefined && subpath === undefined;
  const container = await asked(
    engine.createContainer({
      ...{ Image: image, Cmd: ["/bin/sh", "-c", script], Labels: { [LABEL]: "true" }, StopSignal: "SIGKILL" },
      ...(user !== undefined && { User: user }),
      HostConfig: {
        ...{ NetworkMode: "none", AutoRemove: isPassing },
        // Not all that `--privileged` gives: an engine may have less itself.
        ...(mayMount && { CapAdd: ["SYS_ADMIN"], SecurityOpt: ["apparmor=unconfined"] }),
        ...(usesDriver && { VolumeDriver: driver }),
        Binds: mounts.filter(isBind).map(bindOf),
        Mounts: mounts.filter((mount) => !isBind(mount)).map((mount) => mountOf(driver, mount)),
      },
    }),
  );
  return new Container(engine, container, isPassing);
}

function statusOf(told: unknown): number {
  return (told as { StatusCode: number }).StatusCode;
}

/** As `-v` says it. */
function bindOf({ volume, target, isReadOnly, noCopy, relabel }: ContainerMount): string {
  const words = [isReadOnly ? "ro" : "", noCopy ? "nocopy" : "", relabel ?? ""].filter((word) => word !== "");
  return [volume, target, ...(words.length > 0 ? [words.join()] : [])].join(":");
}

/** As `--mount` says it. */
export function mountOf(driver: string, mount: ContainerMount): Dockerode.MountSettings {
  const { volume, target, isReadOnly = false, noCopy = false, made, subpath } = mount;
  const options = {
    NoCopy: noCopy,
    Labels: { ...made?.labels },
    DriverConfig: { Name: driver, Options: { ...namedOptions(made?.options ?? {}, volume) } },
    ...(subpath !== undefined && { Subpath: subpath }),
  };
  return { Type: "volume", Source: volume, Target: target, ReadOnly: isReadOnly, VolumeOptions: options };
}

class Container implements EngineContainer {
  readonly #engine: Dockerode;
  readonly #container: Dockerode.Container;
  readonly #isPassing: boolean;

  constructor(engine: Dockerode, container: Dockerode.Container, isPassing: boolean) {
    this.#engine = engine;
    this.#container = container;
    this.#isPassing = isPassing;
  }

  async start(): Promise<void> {
    await asked(this.#container.start());
  }

  async ended(): Promise<number> {
    // Of one that is removed nothing is known any more when it is asked for again.
    if (this.#isPassing) return statusOf(await asked(this.#container.wait({ condition: "removed" })));
    for (;;) {
      const abortSignal = AbortSignal.timeout(WAIT_MS);
      try {
        return statusOf(await this.#container.wait({ condition: "not-running", abortSignal }));
      } catch (error) {
        if (!abortSignal.aborted) throw refusalOf(error);
      }
    }
  }

  async stop(): Promise<void> {
    await asked(this.#container.stop({ t: 0 }));
  }

  async isRunning(): Promise<boolean> {
    return (await found(this.#container.inspect()))?.State.Running ?? false;
  }

  async output(): Promise<string> {
    return unframed(await asked(this.#container.logs({ stdout: true, stderr: true })));
  }

  async run(script: string): Promise<{ status: number; output: string }> {
    const exec = await asked(
      this.#container.exec({ Cmd: ["/bin/sh", "-c", script], AttachStdout: true, AttachStderr: true }),
    );
    const output = await this.#printedBy(await asked(exec.start({})));
    const { ExitCode } = await asked(exec.inspect());
    return { status: ExitCode ?? -1, output };
  }

  async copyIn(directory: string, file: string, content: string): Promise<void> {
    const pack = tar.pack();
    pack.entry({ name: file }, content);
    pack.finalize();
    await asked(this.#container.putArchive(pack, { path: directory }));
  }

  async copyOut(path: string): Promise<string> {
    const archive = await asked(this.#container.getArchive({ path }));
    const extract = tar.extract();
    let content = "";
    extract.on("entry", (_, stream, next) => {
      stream.on("end", next).on("data", (chunk: Buffer) => {
        content += chunk.toString();
      });
    });
    await new Promise<void>((resolve, reject) => {
      extract.once("finish", resolve).once("error", reject);
      archive.once("error", reject).pipe(extract);
    });
    return content;
  }

  async remove(): Promise<void> {
    await found(this.#container.remove({ force: true }));
  }

  async #printedBy(stream: Readable): Promise<string> {
    const both = new PassThrough();
    this.#engine.modem.demuxStream(stream, both, both);
    stream.once("end", () => both.end());
    return text(both);
  }
}

/** The engine's frames: which stream, three zeros, the length in four bytes, the text. */
function unframed(frames: Buffer): string {
  const texts: string[] = [];
  for (let at = 0; at + 8 <= frames.length; ) {
    const length = frames.readUInt32BE(at + 4);
    texts.push(frames.toString("utf8", at + 8, at + 8 + length));
    at += 8 + length;
  }
  return texts.join("");
}
