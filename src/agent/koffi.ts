/** The few functions of koffi's binary (https://koffi.dev) that are used; loaded by path, without its JavaScript half. */
export interface Koffi {
  load(path: null): { func(prototype: string): (...args: unknown[]) => unknown };
  view(pointer: unknown, lengthBytes: number): ArrayBuffer;
  errno(): number;
}

/** A C function. */
export type Call = (...args: unknown[]) => unknown;

/** Makes a callable of a C function, which throws a Node-like system error where its result says that it failed. */
export type BindCall = (prototype: string, failed?: (result: unknown) => boolean) => Call;
