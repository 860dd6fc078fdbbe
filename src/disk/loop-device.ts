import fs from "node:fs";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { runTool } from "./tools.ts";

const LOOK_EVERY_MS = 10;

/** A loop device that is in use. */
export interface LoopDevice {
  /** `/dev/loop3`. */
  device: string;
  /** What it shows the content of, by the path in the mount namespace of whoever attached it. */
  file: string;
  /** It goes by itself with its last user. */
  goesByItself: boolean;
}

/** Every loop device of this kernel that shows something. */
export function loopDevices(): LoopDevice[] {
  return fs
    .readdirSync("/sys/block")
    .filter((name) => name.startsWith("loop"))
    .flatMap((name) => {
      const file = attribute(name, "backing_file");
      if (file === undefined) return [];
      return [{ device: `/dev/${name}`, file, goesByItself: attribute(name, "autoclear") === "1" }];
    });
}

function attribute(name: string, attributeName: string): string | undefined {
  try {
    return fs.readFileSync(`/sys/block/${name}/loop/${attributeName}`, "utf8").trimEnd();
  } catch {
    // The directory is there only while the device shows something.
    return undefined;
  }
}

/**
 * Whether that device still shows that file: the number may serve another file by now. By the file's name, since the
 * path loses its beginning when the mount that it lies on is gone.
 */
export function isAttached(device: string, file: string): boolean {
  const shown = attribute(path.basename(device), "backing_file");
  return shown !== undefined && path.basename(shown) === path.basename(file);
}

/** What a device's requests are cut to. A buffer that begins within a page spreads them over one page of memory more. */
export const MAX_REQUEST_BYTES = 131_072;

/**
 * Makes a device of a file, without the page cache between the two, so that each request reaches the file as it came.
 * @throws SeatrialError DISK_TOOL_FAILED
 */
export async function attachLoop(file: string): Promise<string> {
  const device = await runTool("losetup", "--find", "--show", "--direct-io=on", file);
  try {
    fs.writeFileSync(`/sys/block/${path.basename(device)}/queue/max_sectors_kb`, String(MAX_REQUEST_BYTES / 1024));
  } catch {
    // Where /sys cannot be written, large requests from buffers across pages may arrive in parts that end within a page.
  }
  return device;
}

/** Detaches a device from that file: at once when nobody uses it, else with its last user. Safe when it shows another file. */
export async function detachLoop(device: string, file: string): Promise<void> {
  if (isAttached(device, file)) await runTool("losetup", "--detach", device);
}

/** False when the device still shows that file at the end of the limit. */
export async function waitUntilDetached(device: string, file: string, limitMs: number): Promise<boolean> {
  for (let waitedMs = 0; isAttached(device, file); waitedMs += LOOK_EVERY_MS) {
    if (waitedMs >= limitMs) return false;
    await wait(LOOK_EVERY_MS);
  }
  return true;
}
