// Planted cause `fire-and-forget`: a child that nobody waits for outlives its parent. It must not be counted.
//
// - where: checkout, `POST /feedback` → `notifyCarrier`, a call of `GET /carrier/islands` that is not awaited
// - share: every one
// - truth: the request ends after a few ms; its child ends ~220 ms later. None of the child's time after the parent's end
//   belongs to the parent. Without the cause nobody is notified.

/** Starts the call and lets go of it; a failure is only logged. */
export function notifyCarrier(call: () => Promise<unknown>): void {
  call().catch((error: unknown) => console.error(error));
}
