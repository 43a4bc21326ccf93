import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Message } from "../window/encoder.ts";
import { outcome } from "./http.ts";
import { Sender } from "./sender.ts";
import type { Outcome, Transport } from "./transport.ts";

/** A transport that answers what the test says. */
class Scripted implements Transport {
  readonly destination = "test:";
  readonly settings = { address: "ADDRESS", credentials: "CREDENTIALS", certificate: "CERTIFICATE" };
  readonly sent: string[] = [];
  answer: (message: Message) => Outcome | Promise<Outcome> = () => ({ kind: "sent" });

  /** How long each might take, ms. */
  readonly patience: number[] = [];

  async send(message: Message, timeoutMillis: number): Promise<Outcome> {
    this.sent.push(message.key);
    this.patience.push(timeoutMillis);
    return this.answer(message);
  }

  async close(): Promise<void> {}
}

const message = (key: string, bytes = 100): Message => ({ key, headers: {}, body: new Uint8Array(bytes) });
const settled = () => new Promise((resolve) => setImmediate(resolve));

let transport: Scripted;
let stderr: string[];
beforeEach(() => {
  transport = new Scripted();
  stderr = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => stderr.push(String(text)) > 0);
});
afterEach(() => vi.restoreAllMocks());

test("messages go one after the other, in order", async () => {
  const sender = new Sender(transport, 1000);
  for (const key of ["a", "b", "c"]) sender.offer(message(key));
  await sender.drain(1000);
  expect(transport.sent).toEqual(["a", "b", "c"]);
  expect(sender.counts).toEqual({ sent: 3, dropped: 0, refused: 0 });
});

test("beyond the limit the oldest are dropped and counted; at least the newest stays", async () => {
  transport.answer = () => new Promise(() => {});
  const sender = new Sender(transport, 250);
  for (const key of ["a", "b", "c", "d"]) sender.offer(message(key));
  expect(sender.counts.dropped).toBe(2);
  sender.offer(message("huge", 5000));
  expect(sender.counts.dropped).toBe(4);
  let waiting: readonly Message[] = [];
  transport = Object.assign(new Scripted(), {
    sendAtExit: (messages: readonly Message[]) => {
      waiting = messages;
    },
  });
  const other = new Sender(transport, 250);
  transport.answer = () => new Promise(() => {});
  for (const key of ["a", "b", "c", "d"]) other.offer(message(key));
  other.sendAtExit(() => [message("last")], 1);
  expect(waiting.map(({ key }) => key)).toEqual(["c", "d", "last"]);
});

test("what is left when it is closed goes to the heir, with what comes later; without one it is dropped and counted", async () => {
  transport.answer = () => new Promise(() => {});
  const left: string[] = [];
  const sender = new Sender(transport, 1000);
  for (const key of ["a", "b"]) sender.offer(message(key));
  await sender.close(({ key }) => left.push(key));
  sender.offer(message("c"));
  expect(left).toEqual(["a", "b", "c"]);
  expect(sender.counts.dropped).toBe(0);

  const reasons: string[] = [];
  const other = new Sender(transport, 1000, (reason) => reasons.push(reason));
  other.offer(message("a"));
  await other.close();
  other.offer(message("b"));
  expect(reasons).toEqual(["stopped", "stopped"]);
});

test("a refused message is counted and the next one goes", async () => {
  transport.answer = ({ key }) => (key === "a" ? { kind: "refused", reason: "HTTP 400" } : { kind: "sent" });
  const sender = new Sender(transport, 1000);
  sender.offer(message("a"));
  sender.offer(message("b"));
  await sender.drain(1000);
  expect(sender.counts).toEqual({ sent: 1, dropped: 0, refused: 1 });
});

test("after an absent receiver nothing is sent any more", async () => {
  transport.answer = () => ({ kind: "absent", reason: "HTTP 404" });
  const sender = new Sender(transport, 1000);
  sender.offer(message("a"));
  await settled();
  sender.offer(message("b"));
  await settled();
  expect(transport.sent).toEqual(["a"]);
});

test("a failure is tried again, without waiting when the process ends", async () => {
  transport.answer = () => ({ kind: "retry", reason: "gone", afterMillis: 60_000 });
  const sender = new Sender(transport, 1000);
  sender.offer(message("a"));
  await settled();
  expect(transport.sent).toEqual(["a"]);
  transport.answer = () => ({ kind: "sent" });
  await sender.drain(1000);
  expect(transport.sent).toEqual(["a", "a"]);
  expect(sender.counts.sent).toBe(1);
});

test("while the process ends an answer is waited for until the last of the drains gives up", async () => {
  const gates: (() => void)[] = [];
  transport.answer = () => new Promise((resolve) => gates.push(() => resolve({ kind: "sent" })));
  const sender = new Sender(transport, 1000);
  for (const key of ["a", "b", "c"]) sender.offer(message(key));
  const long = sender.drain(60_000);
  await sender.drain(5);
  gates.shift()?.();
  await settled();
  gates.shift()?.();
  await settled();
  gates.shift()?.();
  await long;
  const [first, ...others] = transport.patience;
  expect(first).toBe(10_000);
  expect(others.every((millis) => millis > 10_000 && millis <= 60_000)).toBe(true);
  sender.offer(message("d"));
  await settled();
  expect(transport.patience.at(-1)).toBe(10_000);
});

test("draining gives up at its deadline", async () => {
  transport.answer = () => new Promise(() => {});
  const sender = new Sender(transport, 1000);
  sender.offer(message("a"));
  await sender.drain(20);
  expect(sender.counts.sent).toBe(0);
});

test.each([0, 0.999])(
  "attempts are 1 s apart, then twice as long each, up to a minute, less by chance (%d)",
  async (chance) => {
    vi.useFakeTimers();
    try {
      vi.spyOn(Math, "random").mockReturnValue(chance);
      const at: number[] = [];
      const began = Date.now();
      transport.answer = () => {
        at.push(Date.now() - began);
        return { kind: "retry", reason: "gone" };
      };
      const sender = new Sender(transport, 1000);
      sender.offer(message("a"));
      await vi.advanceTimersByTimeAsync(400_000);
      const waits = at.slice(1, 10).map((time, i) => time - (at[i] as number));
      const share = 0.5 + chance / 2;
      const expected = [1, 2, 4, 8, 16, 32, 60, 60, 60].map((seconds) => seconds * 1000 * share);
      for (const [i, wait] of waits.entries())
        expect(Math.abs(wait - (expected[i] as number))).toBeLessThan(2);
      expect(waits).toHaveLength(9);
      await sender.close();
    } finally {
      vi.useRealTimers();
    }
  },
);

test("a receiver that says when is not asked before, however short the back-off", async () => {
  vi.useFakeTimers();
  try {
    transport.answer = () => ({ kind: "retry", reason: "HTTP 503", afterMillis: 30_000 });
    const sender = new Sender(transport, 1000);
    sender.offer(message("a"));
    await vi.advanceTimersByTimeAsync(29_900);
    expect(transport.sent).toEqual(["a"]);
    await vi.advanceTimersByTimeAsync(200);
    expect(transport.sent).toEqual(["a", "a"]);
    await sender.close();
  } finally {
    vi.useRealTimers();
  }
});

test("what a flush gave up on is not waited for once more at the exit", async () => {
  const given: string[] = [];
  const silent = Object.assign(new Scripted(), {
    sendAtExit: (messages: readonly Message[]) => void given.push(...messages.map(({ key }) => key)),
  });
  silent.answer = () => new Promise(() => {});
  const sender = new Sender(silent, 1000);
  sender.offer(message("a"));
  await sender.drain(20);
  sender.sendAtExit(() => [message("b")], 1);
  expect(given).toEqual([]);
});

test.each([
  [
    "credentials",
    /does not accept who sends: no; .* Set CREDENTIALS \(HOTSPAN_AGENT_RECEIVER_UNAUTHORIZED\)/,
  ],
  [
    "certificate",
    /no trusted connection to test:: no; .* Set CERTIFICATE \(HOTSPAN_AGENT_RECEIVER_UNTRUSTED\)/,
  ],
] as const)("what somebody has to put right (%s) is said at the first failure", async (blame, said) => {
  transport.answer = () => ({ kind: "retry", reason: "no", blame });
  const sender = new Sender(transport, 1000);
  sender.offer(message("a"));
  await settled();
  expect(stderr.join("")).toMatch(said);
  await sender.close();
});

test.each([
  [202, undefined, { kind: "sent" }],
  [404, undefined, { kind: "absent" }],
  [405, undefined, { kind: "absent" }],
  [400, undefined, { kind: "refused" }],
  [413, undefined, { kind: "refused" }],
  [426, undefined, { kind: "refused" }],
  [429, "2", { kind: "retry", afterMillis: 2000 }],
  [503, undefined, { kind: "retry", afterMillis: undefined }],
  [503, "999999", { kind: "retry", afterMillis: 300_000 }],
  [503, "Thu, 01 Jan 1970 00:00:00 GMT", { kind: "retry", afterMillis: 0 }],
  [401, undefined, { kind: "retry", blame: "credentials" }],
  [407, undefined, { kind: "retry", blame: "proxy" }],
])("HTTP %i with Retry-After %s", (status, retryAfter, expected) => {
  expect(outcome(status, retryAfter, "")).toMatchObject(expected);
});
