import type { VolumeCase } from "../case.ts";
import { activationCases } from "./activation.ts";
import { answerCases } from "./answers.ts";
import { badFieldCases } from "./bad-fields.ts";
import { connectionCases } from "./connections.ts";
import { heavyCases } from "./heavy-bodies.ts";
import { malformedCases } from "./malformed.ts";
import { printedSecretCases } from "./printed-secrets.ts";
import { requestCases } from "./requests.ts";
import { socketFileCases } from "./socket-file.ts";

/** Whether a driver speaks the protocol, and survives those who do not. */
export const protocolCases: readonly VolumeCase[] = [
  activationCases.activate,
  activationCases.activateAgain,
  requestCases.anyHeaders,
  activationCases.capabilities,
  activationCases.globalScope,
  malformedCases.malformedBodies,
  badFieldCases.emptyBodies,
  badFieldCases.badFields,
  requestCases.fieldNames,
  heavyCases.heavyBodies,
  requestCases.unknownCalls,
  answerCases.failures,
  answerCases.successes,
  connectionCases.connections,
  connectionCases.callersThatLeave,
  socketFileCases.socketFile,
  printedSecretCases.printedSecrets,
];
