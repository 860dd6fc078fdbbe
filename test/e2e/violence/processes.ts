import { readdirSync, readFileSync } from "node:fs";

/** A process as proc(5) tells of it. */
export interface Process {
  pid: number;
  /** The session that it was started in: all that one command starts is in one, however it is orphaned. */
  session: number;
  command: string;
  /** The first process of a pid namespace below this one. */
  isFirst: boolean;
  cgroup: string;
}

/** Every process that has not ended. */
export function processes(): Process[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => lookAt(Number(name)) ?? []);
}

function lookAt(pid: number): Process | undefined {
  try {
    const read = (file: string) => readFileSync(`/proc/${pid}/${file}`, "utf8");
    const stat = read("stat");
    const [state, , , session] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return undefined;
    const numbers = /^NSpid:\s+(.*)$/m.exec(read("status"))?.[1]?.split(/\s+/) ?? [];
    return {
      pid,
      session: Number(session),
      command: read("cmdline").replaceAll("\0", " ").trim(),
      isFirst: numbers.length > 1 && numbers.at(-1) === "1",
      cgroup: read("cgroup"),
    };
  } catch {
    return undefined;
  }
}
