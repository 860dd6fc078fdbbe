// A volume driver of few words for host.test.ts: node tiny-driver.mjs SOCKET STATE ROOT SHARED [deaf|dumb].
import { execFileSync, spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";

const [socket, state, root, shared, manner] = process.argv.slice(2);
const lock = path.join(state, "lock");
const other = fs.existsSync(lock) ? fs.readFileSync(lock, "utf8") : "";
const command = `/proc/${other}/cmdline`;
// After a reboot the numbers of processes begin anew; one that has ended and is not buried yet has no command.
if (
  other !== "" &&
  other !== String(process.pid) &&
  fs.existsSync(command) &&
  fs.readFileSync(command, "utf8") !== ""
) {
  console.error("another one is at it");
  process.exit(3);
}
fs.writeFileSync(lock, String(process.pid));
fs.rmSync(socket, { force: true });
console.log(`HOME=${process.env.HOME} WORD=${process.env.WORD} USER=${process.env.USER}`);
// Stands for a FUSE server that outlives its driver.
const helper = spawn("sleep", ["1000"], { stdio: "inherit", detached: true });
if (manner === "deaf") process.on("SIGTERM", () => console.log("no"));

const calls = {
  "/Plugin.Activate": () => ({ Implements: ["VolumeDriver"], helper: helper.pid }),
  "/VolumeDriver.Create": ({ Name }) => void fs.mkdirSync(path.join(shared, Name), { recursive: true }),
  "/VolumeDriver.Mount": ({ Name }) => {
    const Mountpoint = path.join(root, Name);
    fs.mkdirSync(Mountpoint, { recursive: true });
    execFileSync("mount", ["--bind", path.join(shared, Name), Mountpoint]);
    return { Mountpoint };
  },
  "/VolumeDriver.Unmount": ({ Name }) => void execFileSync("umount", [path.join(root, Name)]),
};

const server = http.createServer(async (request, response) => {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks).toString();
  response.end(JSON.stringify({ Err: "", ...calls[request.url]?.(body === "" ? {} : JSON.parse(body)) }));
});
if (manner !== "dumb") server.listen(socket);
else setInterval(() => {}, 1000);
