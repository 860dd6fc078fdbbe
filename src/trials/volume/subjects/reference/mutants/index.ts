import { askingMutants } from "./asking.ts";
import { countingMutants } from "./counting.ts";
import { formMutants } from "./form.ts";
import { hostMutants } from "./host.ts";
import { lockingMutants } from "./locking.ts";
import { mountingMutants } from "./mounting.ts";
import type { Mutant } from "./mutant.ts";
import { namingMutants } from "./naming.ts";
import { outageMutants } from "./outage.ts";
import { rememberingMutants } from "./remembering.ts";
import { removingMutants } from "./removing.ts";
import { tellingMutants } from "./telling.ts";
import { tellingSecretsMutants } from "./telling-secrets.ts";
import { transportMutants } from "./transport.ts";

/** Drivers with one defect each, for cases to be seen to fail. */
export const mutants: readonly Mutant[] = [
  ...countingMutants,
  ...lockingMutants,
  ...mountingMutants,
  ...removingMutants,
  ...rememberingMutants,
  ...outageMutants,
  ...tellingMutants,
  ...namingMutants,
  ...askingMutants,
  ...tellingSecretsMutants,
  ...formMutants,
  ...transportMutants,
  ...hostMutants,
];
