import { defineErrors, EXIT, errorsOf } from "../../core/errors.ts";

/** What can go wrong between the lab and a Docker Engine (or Podman's socket). */
export const dockerErrors = defineErrors({
  ENGINE_ADDRESS_INVALID: {
    title: "The engine's address cannot be used",
    remedy:
      "Give it as unix:///path/to.sock, tcp://host:port, ssh://user@host or npipe:////./pipe/name, in DOCKER_HOST or in a context.",
    exit: EXIT.usage,
  },
  CONTEXT_NOT_FOUND: {
    title: "The named engine context does not exist",
    remedy: "List them with `docker context ls`; choose one with `docker context use NAME` or DOCKER_CONTEXT.",
    exit: EXIT.usage,
  },
  ENGINE_TLS_UNREADABLE: {
    title: "A certificate or key for the engine cannot be read",
    remedy: "Put ca.pem, cert.pem and key.pem into the directory that DOCKER_CERT_PATH names, readable for this user.",
    exit: EXIT.lab,
  },
  ENGINE_UNREACHABLE: {
    title: "No engine answers",
    remedy:
      "Start Docker Engine, Docker Desktop or `podman system service`, or set DOCKER_HOST to where one listens. Without any, `--runtime embedded` needs none.",
    exit: EXIT.lab,
  },
  ENGINE_PERMISSION: {
    title: "This user may not talk to the engine",
    remedy:
      "Join the socket's group (`sudo usermod -aG docker $USER`, then log in again), use a rootless engine, or run as root.",
    exit: EXIT.lab,
  },
  ENGINE_TOO_OLD: {
    title: "The engine is older than what Seatrial can use",
    remedy: "Use Docker Engine 20.10 (API 1.41) or newer, or Podman 4 or newer.",
    exit: EXIT.lab,
  },
  ENGINE_REFUSED: {
    title: "The engine refused a request or failed in it",
    remedy: "Read the engine's own message; its log (`journalctl -u docker`) often says more.",
    exit: EXIT.lab,
  },
  IMAGE_UNAVAILABLE: {
    title: "The base image is neither on the engine nor could it be pulled",
    remedy: "Pull or load it yourself (`docker pull IMAGE`), or name one that `docker image ls` shows.",
    exit: EXIT.lab,
  },
  IMAGE_TAG_INVALID: {
    title: "An image cannot have that name",
    remedy:
      "Use lower-case letters, digits and dashes, and a tag after a colon: --tag registry.example/seatrial:0.1.0.",
    exit: EXIT.usage,
  },
  IMAGE_PLATFORM: {
    title: "This machine's Node.js cannot run on the engine",
    remedy:
      "Name a base image for the engine's platform that has Node.js 20.19 or newer: `--image node:22-slim`. Its own node then runs the agent.",
    exit: EXIT.lab,
  },
  IMAGE_BUILD_FAILED: {
    title: "The agent's image could not be made",
    remedy:
      "Check the engine's free disk space (`docker system df`) and that this machine's node is a usual executable.",
    exit: EXIT.lab,
  },
  PROGRAM_MISSING: {
    title: "A program that the container needs is neither in its image nor on this machine",
    remedy: "Install it on this machine (`apt-get install NAME`), or name a base image that has it.",
    exit: EXIT.lab,
  },
  VOLUME_MISSING: {
    title: "The engine has no volume of that name",
    remedy: "List them with `docker volume ls`; make one with `docker volume create NAME`.",
    exit: EXIT.lab,
  },
  DISKS_ELSEWHERE: {
    title: "The engine's containers cannot have disks of this machine",
    remedy:
      "Run as root, with a Docker Engine that runs as root on this machine's own kernel; `seatrial doctor` says what disks need.",
    exit: EXIT.lab,
  },
  MOUNT_SOURCE_MISSING: {
    title: "A mount's source does not exist here, or not where the engine runs",
    remedy: "Make the directory or file first, or correct its path.",
    exit: EXIT.lab,
  },
  CONTAINER_START_FAILED: {
    title: "A container did not start",
    remedy:
      "Try without `--image`; if that works, the named base image lacks what Node.js needs (a node of 20.19 or newer, or this machine's architecture).",
    exit: EXIT.lab,
  },
  AGENT_START_FAILED: {
    title: "An agent could not be started inside a container",
    remedy: "The container may have been stopped, paused or removed by somebody else: run again.",
    exit: EXIT.lab,
  },
  CONTAINER_NOT_FOUND: {
    title: "There is no container of that name on the engine",
    remedy: "Look with `docker ps`; the name or the start of the id both serve.",
    exit: EXIT.usage,
  },
  CONTAINER_NOT_RUNNING: {
    title: "The container is not running",
    remedy: "Start or unpause it first.",
    exit: EXIT.lab,
  },
  PATH_NOT_MOUNTED: {
    title: "The path is not visible in the container",
    remedy: "Name a path below one of the container's mounts.",
    exit: EXIT.usage,
  },
  SHELL_MISSING: {
    title: "The container has no shell to look with",
    remedy: "Use an image with `sh`, `cat` and `ls`, or wait in another container that mounts the same directory.",
    exit: EXIT.lab,
  },
});

export const fail = errorsOf(dockerErrors);
