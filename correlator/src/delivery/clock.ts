/**
 * Milliseconds that never go back and miss no pause: the monotonic clock stands still while a virtual machine is
 * suspended, the wall clock may be set back; whichever says that more time has passed is believed.
 */
export function pauseProofClock(
  monotonic: () => number = () => performance.now(),
  wall: () => number = Date.now,
): () => number {
  const monotonicStart = monotonic();
  const wallStart = wall();
  let latest = 0;
  return () => {
    latest = Math.max(latest, monotonic() - monotonicStart, wall() - wallStart);
    return latest;
  };
}
