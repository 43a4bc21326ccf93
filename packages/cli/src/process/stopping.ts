import { isAlive } from "./alive.ts";

/**
 * Calls `stop` at the first SIGINT, SIGTERM or SIGHUP, and when whoever started us is gone: the launcher or a test over
 * its IPC channel, and npm, which passes signals on to a shell that keeps them to itself. The second signal calls `force`.
 */
export function onStop(stop: (why: string) => void, force: () => void): void {
  let asked = false;
  const ask = (why: string): void => {
    if (asked) force();
    asked = true;
    stop(why);
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => ask(signal));
  if (process.connected) {
    process.once("disconnect", () => {
      if (!asked) ask("the launcher ended");
    });
    // Without this the open channel would keep a finished command alive.
    process.channel?.unref();
  }
  if (process.env["npm_lifecycle_event"] !== undefined) {
    const parent = process.ppid;
    const timer = setInterval(() => {
      if (asked || (process.ppid === parent && isAlive(parent))) return;
      clearInterval(timer);
      ask("npm ended");
    }, 500);
    timer.unref();
  }
}
