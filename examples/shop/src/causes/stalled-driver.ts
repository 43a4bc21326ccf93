// A program of its own, started by the process it throttles: stops and continues it in cycles. It always leaves it
// running: when its channel closes, when it is told to end, and no stop is longer than THROTTLE.stopped.
import { THROTTLE } from "./stalled.ts";

const victim = process.ppid;
let timer: NodeJS.Timeout | undefined;

/** False once the victim is gone: its children then have another parent. */
function signal(name: "SIGSTOP" | "SIGCONT"): boolean {
  if (process.ppid !== victim) return false;
  try {
    return process.kill(victim, name);
  } catch {
    return false;
  }
}

const started = performance.now();
function next(): void {
  const at = (performance.now() - started) % THROTTLE.period;
  // The phase stands at the end of the period: the first seconds are for starting.
  const untilPhase = THROTTLE.period - THROTTLE.phase - at;
  if (untilPhase > 0) {
    timer = setTimeout(next, untilPhase);
    return;
  }
  if (!signal("SIGSTOP")) end();
  timer = setTimeout(() => {
    if (!signal("SIGCONT")) end();
    timer = setTimeout(next, THROTTLE.cycle - THROTTLE.stopped);
  }, THROTTLE.stopped);
}

function end(): void {
  clearTimeout(timer);
  signal("SIGCONT");
  process.exit(0);
}
process.once("disconnect", end);
process.once("SIGTERM", end);
process.once("SIGINT", end);
if (process.connected) next();
