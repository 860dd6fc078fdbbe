import { defineErrors, errorsOf, EXIT } from "../../../core/errors.ts";

export const ENGINE_ERRORS = defineErrors({
  VOLUME_ENGINE_FAILED: {
    title: "An engine for the volume driver does not come up",
    remedy:
      "Run as root with dockerd, containerd and runc installed, and read what the engine printed, above; or leave --engine out.",
    exit: EXIT.lab,
  },
  VOLUME_ENGINE_UNREACHABLE: {
    title: "The user's engine does not answer",
    remedy: "Set DOCKER_HOST to an engine that runs and may be used, such as unix:///var/run/docker.sock.",
    exit: EXIT.lab,
  },
  VOLUME_ENGINE_IMAGE: {
    title: "There is no image for containers that use the volumes",
    remedy:
      "Install busybox-static on this machine, or name an image with a shell that the engine has already: --image.",
    exit: EXIT.lab,
  },
});

/** Makes an error of engines. */
export const engineError = errorsOf(ENGINE_ERRORS);
