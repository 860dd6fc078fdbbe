import type { DriverClient } from "../client.ts";
import type { MountView, Subject } from "../subject.ts";
import { pathIn } from "./answers.ts";
import { type CaseContext, told } from "./case.ts";

/** The driver of the other host. */
export interface OtherHost {
  subject: Subject;
  /** Ended after the case. */
  driver: DriverClient;
}

/** Volumes made on one host are to be seen on another so soon, in milliseconds. */
export const SEEN_WITHIN_MS = 5000;

/** The other host; ends the case as skipped where volumes are promised to one host only. */
export function otherHost(context: CaseContext): OtherHost {
  const { peer, scope } = context.subject;
  if (!peer) throw new Error("the case works on another host and does not say that it needs one");
  if (scope === "local") return context.skip("volumes of this driver are promised to the host they are made on only");
  const driver = peer.client();
  context.defer(async () => driver.close());
  return { subject: peer, driver };
}

/** What the other host mounts; ends the case as skipped where it cannot be seen. */
export function otherView({ skip }: CaseContext, { subject }: OtherHost): MountView {
  return subject.mounts ?? skip("what the other host mounts cannot be seen");
}

/** Mounts on the other host until the case is over; ends the case where that fails. */
export async function mountThere(context: CaseContext, { driver }: OtherHost, volume: string): Promise<string> {
  const id = context.mountId();
  const answer = await driver.mount(volume, id);
  context.demand("The other host mounts the volume.", pathIn(answer) !== "", told(answer));
  context.defer(async () => void (await driver.unmount(volume, id)));
  return pathIn(answer);
}
