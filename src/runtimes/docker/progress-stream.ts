import { createInterface } from "node:readline";
import { z } from "zod";

/** One line of what the engine streams while it imports or pulls. */
const STEP = z.object({ status: z.string().optional(), id: z.string().optional(), error: z.string().optional() });
export type Step = z.infer<typeof STEP>;

/**
 * Reads such a stream to its end. The HTTP status was 200 before the work began, so failures come as a line.
 * @throws Error with the engine's message
 */
export async function followSteps(stream: NodeJS.ReadableStream, onStep: (step: Step) => void): Promise<void> {
  for await (const line of createInterface({ input: stream })) {
    if (line.trim() === "") continue;
    const step = STEP.parse(JSON.parse(line));
    if (step.error !== undefined) throw new Error(step.error);
    onStep(step);
  }
}
