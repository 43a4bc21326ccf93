import type { DeliveryPorts } from "./ports.ts";

/** Thrown inside a delivery whose partition was taken away, or at shutdown. Never an error of the data. */
export class Stopped extends Error {
  constructor() {
    super("delivery stopped");
    this.name = "Stopped";
  }
}

/** Repeats an action that may be repeated until it succeeds: an outage is waited out, however long. */
export async function retry<T>(
  ports: Pick<DeliveryPorts, "backOff" | "events">,
  step: string,
  signal: AbortSignal,
  action: () => Promise<T>,
): Promise<T> {
  for (let failures = 1; ; failures++) {
    if (signal.aborted) throw new Stopped();
    try {
      const result = await action();
      ports.events.succeeded();
      return result;
    } catch (error) {
      if (error instanceof Stopped) throw error;
      if (signal.aborted) throw new Stopped();
      ports.events.failed(step, error);
    }
    await ports.backOff(failures, signal);
  }
}
