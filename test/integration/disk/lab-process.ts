// Run by disk-process.test.ts in a process of its own: a lab that makes a disk and stays.
import { openDisk } from "../../../src/disk/disk.ts";
import { currentOwner } from "../../../src/store/owner.ts";

const [scriptPath = "", runId = ""] = process.argv.slice(2);
const disk = await openDisk(
  { name: "data", sizeBytes: 32 * 2 ** 20, fileSystem: "ext4", mountOptions: [] },
  {
    owner: currentOwner(runId, process.pid),
    program: { nodePath: process.execPath, scriptPath },
    signal: new AbortController().signal,
  },
);
process.stdout.write(`${disk.device}\n`);
setInterval(() => {}, 60_000);
