import type { CaseContext } from "../../case.ts";
import { Differs, expect } from "../../restart/random/differs.ts";
import { onTheWay, refusal, type Workbench } from "../workbench.ts";
import { KeptVolume, type Writer } from "./model.ts";
import type { Act } from "./steps.ts";
import { nextMark, writerScript } from "./writer.ts";

/** A user's call, ready to be made. */
export interface Call {
  send(): Promise<unknown>;
  /**
   * What it must have come to, and what is known after it. `said` is the refusal, "" where it was done; `isCut`: something
   * was killed meanwhile, so that it may be done or not. @throws Differs
   */
  settle(said: string, isCut: boolean): Promise<void> | void;
}

const MOST_WRITERS = 4;

/** What a user of an engine does, on three volumes at a time, with what is known of them. */
export class Calls {
  readonly #bench: Workbench;
  readonly #context: CaseContext;
  readonly #volumes = new Map<number, KeptVolume>();
  #writers = 0;

  constructor(bench: Workbench, context: CaseContext) {
    this.#bench = bench;
    this.#context = context;
  }

  get volumes(): KeptVolume[] {
    return [...this.#volumes.values()];
  }

  get writers(): Writer[] {
    return this.volumes.flatMap(({ writers }) => [...writers]);
  }

  /** Another volume takes its place from now on. */
  abandon(volume: KeptVolume): void {
    for (const [number, one] of this.#volumes) if (one === volume) this.#volumes.delete(number);
  }

  /** Undefined where there is nothing to do it to. */
  async prepare(act: Act): Promise<Call | undefined> {
    switch (act.kind) {
      case "list":
        return this.#list();
      case "create":
        return this.#create(this.#of(act.volume));
      case "inspect":
        return this.#inspect(this.#of(act.volume));
      case "remove":
        return this.#remove(this.#of(act.volume));
      case "start":
        return this.writers.length < MOST_WRITERS ? this.#start(this.#of(act.volume)) : undefined;
      case "end":
        return this.#end(this.#pick(act.container, ({ isRunning }) => isRunning));
      case "again":
        return this.#again(this.#pick(act.container, ({ isRunning }) => !isRunning));
      case "drop":
        return this.#drop(this.#pick(act.container, () => true));
    }
  }

  #of(number: number): KeptVolume {
    const volume = this.#volumes.get(number) ?? new KeptVolume(this.#context.name());
    this.#volumes.set(number, volume);
    return volume;
  }

  #pick(number: number, isOne: (writer: Writer) => boolean): Writer | undefined {
    const some = this.writers.filter(isOne);
    return some[number % some.length];
  }

  #list(): Call {
    let names: string[] = [];
    return {
      send: async () => {
        names = await this.#bench.engine.volumes();
      },
      settle: (said, isCut) => {
        if (isCut) return;
        expect(said === "", "the engine lists volumes", said);
        for (const { name, presence } of this.volumes)
          expect(names.includes(name) === (presence === "yes"), `the engine lists ${name}: ${presence}`, names.join());
      },
    };
  }

  #create(volume: KeptVolume): Call {
    const { good: options } = this.#context.subject.options;
    return {
      send: () => this.#bench.engine.createVolume({ name: volume.name, options }),
      settle: (said, isCut) => {
        expect(said === "" || isCut, "a volume is made, or there already", said);
        if (said === "") volume.presence = "yes";
        else if (volume.presence === "no") volume.presence = "maybe";
      },
    };
  }

  #inspect(volume: KeptVolume): Call {
    let isThere = false;
    return {
      send: async () => {
        isThere = (await this.#bench.engine.volume(volume.name)) !== undefined;
      },
      settle: (said, isCut) => {
        if (isCut) return;
        const seen = said || (isThere ? "it is there" : "there is none");
        expect(isThere === (volume.presence === "yes"), `the engine has ${volume.name}: ${volume.presence}`, seen);
      },
    };
  }

  #remove(volume: KeptVolume): Call {
    return {
      send: () => this.#bench.engine.removeVolume(volume.name),
      settle: (said, isCut) => {
        const { isRemovable } = volume;
        const isRight = said === "" ? isRemovable !== "no" : isCut || isRemovable !== "yes";
        expect(isRight, `${volume.name} can be removed: ${isRemovable}`, said || "it was removed");
        if (said === "") volume.removed();
        else if (isCut && isRemovable !== "no") volume.presence = "maybe";
      },
    };
  }

  /** The container is made before: one that is made while the engine is killed is nobody's. */
  async #start(volume: KeptVolume): Promise<Call> {
    const number = ++this.#writers;
    try {
      const container = await this.#bench.raw(writerScript(number), [onTheWay(this.#context, volume.name)]);
      volume.presence = "yes";
      return this.#startOf({ number, volume, container, isRunning: false, isCutOff: false });
    } catch (error) {
      const said = await refusal(Promise.reject(error));
      throw new Differs(`a container can be made with ${volume.name}: ${said}`);
    }
  }

  #again(writer: Writer | undefined): Call | undefined {
    return writer && this.#startOf(writer);
  }

  #startOf(writer: Writer): Call {
    const { volume, container, number } = writer;
    volume.writers.add(writer);
    volume.synced.set(number, volume.synced.get(number) ?? 0);
    writer.isCutOff = false;
    return {
      send: () => container.start(),
      settle: async (said, isCut) => {
        expect(said === "" || isCut, `a container starts with ${volume.name}`, said);
        writer.isRunning = said === "";
        if (said !== "") await this.#lose(writer);
      },
    };
  }

  async #end(writer: Writer | undefined): Promise<Call | undefined> {
    if (!writer) return undefined;
    await this.look(writer);
    return {
      send: () => writer.container.stop(),
      settle: (said, isCut) => {
        expect(said === "" || isCut, "a container can be ended", said);
        writer.isRunning = false;
        writer.volume.isDoubtful ||= isCut;
      },
    };
  }

  async #drop(writer: Writer | undefined): Promise<Call | undefined> {
    if (!writer) return undefined;
    await this.look(writer);
    const { volume, container } = writer;
    return {
      send: () => container.remove(),
      settle: async (said, isCut) => {
        expect(said === "" || isCut, "a container can be removed", said);
        if (isCut) return this.#lose(writer);
        volume.writers.delete(writer);
      },
    };
  }

  /** Whether it was started or removed nobody can tell: now it is gone, and what it had may be held still. */
  async #lose({ container, volume }: Writer): Promise<void> {
    const said = await refusal(container.remove());
    expect(said === "", "a container can be removed after a crash", said);
    for (const writer of volume.writers) if (writer.container === container) volume.writers.delete(writer);
    volume.isDoubtful = true;
  }

  /** Waits until it has written again, where it must. @throws Differs */
  async look(writer: Writer): Promise<void> {
    const { volume, container, number, isRunning, isCutOff } = writer;
    if (!isRunning || isCutOff) return;
    const { mark, lost } = await nextMark(container, volume.synced.get(number) ?? 0);
    expect(lost === "", `a container goes on writing to ${volume.name}`, lost);
    volume.synced.set(number, mark);
  }
}
