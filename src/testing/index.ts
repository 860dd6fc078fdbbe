/** Parts for testing trials, runtimes and faults without a container. */
export {
  type ContractOptions,
  type ContractRunner,
  type ContractSubject,
  describeRuntimeContract,
} from "../runtimes/contract.ts";
export type {
  Mapping,
  NativeLibrary,
  QueuedWrite,
  Task,
  TaskContext,
  TaskTable,
  WriteQueue,
} from "../agent/protocol.ts";
export { createManualClock, type ManualClock } from "./manual-clock.ts";
export {
  createInProcessAgent,
  createSimulatedRuntime,
  type SimulatedRuntime,
  type SimulationOptions,
} from "./simulated-runtime.ts";
