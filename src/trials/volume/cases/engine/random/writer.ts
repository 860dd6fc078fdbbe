import type { EngineContainer } from "../../../subject.ts";
import type { KeptVolume } from "./model.ts";

/** How long a container may take to its next mark, in looks every 50 ms: writers share a machine with engines that start. */
const LOOKS = 600;

/**
 * Numbers, one a line, each written and synced through one descriptor and read back through another, both opened at the
 * beginning. When that fails it says so and stays.
 */
export function writerScript(number: number): string {
  const file = fileOf(number);
  return [
    `rm -f /tmp/synced /tmp/lost; touch ${file} && i=$(tail -n 1 ${file}) && exec 3>>${file} 4<${file} && cat <&4 >/tmp/old`,
    // dd syncs the descriptor that it was given: the shell has no other way.
    `while i=$((i+1)); echo $i | dd conv=fsync 2>/tmp/said >&3 && read -r seen <&4 && [ "$seen" = $i ]`,
    "do echo $i >/tmp/synced; sleep 0.1; done",
    `echo "mark $i: $(head -n 1 /tmp/said), read: $seen" >/tmp/lost; sleep 3600`,
  ].join("\n");
}

/** Waits for a mark above `above`; gives the last that is synced, or why there are no more. */
export async function nextMark(container: EngineContainer, above: number): Promise<{ mark: number; lost: string }> {
  const { output } = await container.run(
    `i=0; until s=$(cat /tmp/synced); [ "$s" -gt ${above} ] || [ -e /tmp/lost ] || [ $((i+=1)) = ${LOOKS} ]; do sleep 0.05; done 2>/tmp/no
     if [ -e /tmp/lost ]; then cat /tmp/lost; else echo "synced $s"; fi`,
  );
  const mark = Number(/^synced (\d+)$/m.exec(output)?.[1] ?? Number.NaN);
  return mark > above ? { mark, lost: "" } : { mark: above, lost: output.trim() || "it has written nothing" };
}

/** A script that tells of volumes at `/v/0`, `/v/1` and so on: which files there are, and what stands at their known marks. */
export function readerScript(volumes: readonly KeptVolume[]): string {
  return volumes.map((volume, at) => [`echo has ${at} $(ls /v/${at})`, ...lookups(volume, at)].join("\n")).join("\n");
}

function lookups({ synced }: KeptVolume, at: number): string[] {
  return [...synced]
    .filter(([, mark]) => mark > 0)
    .map(([number, mark]) => `echo mark ${at} ${number} $(sed -n ${mark}p /v/${at}/marks-${number})`);
}

/** Where what a reader has printed is not what was written; "" where it is. */
export function misread(volumes: readonly KeptVolume[], output: string): string {
  const lines = new Set(output.trim().split("\n"));
  for (const [at, { name, synced }] of volumes.entries()) {
    const files = [...lines]
      .find((line) => line.startsWith(`has ${at}`))
      ?.split(" ")
      .slice(2);
    if (files === undefined) return `${name} was not looked at: ${output}`;
    // A file system may have begun with files of its own, such as lost+found.
    const marks = files.filter((file) => file.startsWith("marks-"));
    const stranger = marks.find((file) => !synced.has(Number(file.replace("marks-", ""))));
    if (stranger) return `${name} has ${stranger}, which nobody has written since it was made`;
    for (const [number, mark] of synced)
      if (mark > 0 && !lines.has(`mark ${at} ${number} ${mark}`))
        return `${name} has lost mark ${mark} of marks-${number}: ${output}`;
  }
  return "";
}

function fileOf(number: number): string {
  return `/v/marks-${number}`;
}
