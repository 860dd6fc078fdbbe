import type { VolumeCase } from "../case.ts";
import { hostCases } from "./hosts.ts";
import { listingCases } from "./listing.ts";
import { mountpointCases } from "./mountpoints.ts";
import { outageCases } from "./outage.ts";

/** Group G: what is there, and where. */
export const getListCases: readonly VolumeCase[] = [...listingCases, ...mountpointCases, ...outageCases, ...hostCases];
