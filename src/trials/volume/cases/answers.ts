import { type Answer, isObject } from "../client.ts";

/** A volume as Get and List tell of it. What is missing is undefined, and so is `null`, as Go decodes it. */
export interface ToldVolume {
  name: unknown;
  mountpoint: unknown;
  createdAt: unknown;
  status: unknown;
}

/** A member of a JSON object by its name in any case, as Go finds it; undefined for `null` as well. */
export function member(json: unknown, name: string): unknown {
  if (!isObject(json)) return undefined;
  const found = json[name] ?? Object.entries(json).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
  return found ?? undefined;
}

/** The volume that Get answered; undefined where it says that there is none. */
export function volumeIn(answer: Answer): ToldVolume | undefined {
  const volume = answer.ok ? member(answer.json, "Volume") : undefined;
  return isObject(volume) ? toldVolume(volume) : undefined;
}

/** What List answered; nothing where it failed. */
export function volumesIn(answer: Answer): ToldVolume[] {
  const volumes = answer.ok ? member(answer.json, "Volumes") : undefined;
  return Array.isArray(volumes) ? volumes.map(toldVolume) : [];
}

/** The path that Mount or Path answered; "" where there is none. */
export function pathIn(answer: Answer): string {
  const path = answer.ok ? member(answer.json, "Mountpoint") : undefined;
  return typeof path === "string" ? path : "";
}

/** Whether Get says that there is a volume of this name, and of no other. */
export function finds(answer: Answer, name: string): boolean {
  return volumeIn(answer)?.name === name;
}

/** Whether an engine takes the answer of Get to mean that there is no such volume: any error does, silence does not. */
export function denies(answer: Answer): boolean {
  return answer.silence === undefined && volumeIn(answer) === undefined;
}

/** Refused with words, as a person can be told. */
export function refuses(answer: Answer): boolean {
  return answer.silence === undefined && !answer.ok && answer.error !== "";
}

function toldVolume(volume: unknown): ToldVolume {
  return {
    name: member(volume, "Name"),
    mountpoint: member(volume, "Mountpoint"),
    createdAt: member(volume, "CreatedAt"),
    status: member(volume, "Status"),
  };
}
