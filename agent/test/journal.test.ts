import { ResumeSource } from "@hotspan/wire";
import { expect, test } from "vitest";
import { runNode } from "./support/child.ts";
import { Receiver } from "./support/receiver.ts";
import { app, registerModule, runtimes } from "./support/runtimes.ts";

test.for(runtimes)(
  "whoever runs behind a long turn is listed with what it waited for, and since when a timer was due: Node $major",
  async ({ binary }) => {
    const receiver = await Receiver.start();
    const child = runNode(
      ["--import", registerModule, app("wakes.cjs")],
      { HOTSPAN_ENDPOINT: receiver.url },
      binary,
    );
    const { code, stdout, stderr } = await child.ended;
    await receiver.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const resumes = receiver.windows.flatMap(({ header, journal, labels }) => {
      let at = Number(header.start.monotonicNanos);
      return Array.from(journal?.resumeLabel ?? [], (label, i) => {
        at += (journal?.resumeDeltaMicros[i] ?? 0) * 1000;
        const late = (journal?.resumeLateMicros[i] ?? 0) * 1000;
        return { spanId: labels[label - 1]?.spanId, source: journal?.resumeSource[i], at, late };
      });
    });
    const { ids, due } = JSON.parse(stdout) as { ids: Record<string, string>; due: number };
    for (const [kind, spanId] of Object.entries(ids)) {
      const found = resumes.filter((resume) => resume.spanId === spanId);
      expect([kind, found.map(({ source }) => source)]).toEqual([
        kind,
        expect.arrayContaining([ResumeSource[kind as keyof typeof ResumeSource]]),
      ]);
      for (const { source, at, late } of found) {
        // libuv's loop knows whole milliseconds, and on some kernels a coarse clock.
        if (source === ResumeSource.timer) expect(Math.abs(at - late - due)).toBeLessThan(5e6);
        else expect(late).toBe(0);
      }
    }
  },
);

test.runIf(process.platform === "linux").for(runtimes)(
  "the journal tells how long the thread was ready to run and got no processor: Node $major",
  async ({ binary }) => {
    const receiver = await Receiver.start();
    const child = runNode(
      ["--import", registerModule, app("starved.cjs")],
      { HOTSPAN_ENDPOINT: receiver.url },
      binary,
    );
    const { code, stderr } = await child.ended;
    await receiver.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const readings = receiver.windows.flatMap(({ journal }) =>
      Array.from(journal?.runDelayMicros ?? [], (delay, i) => ({
        delay,
        span: journal?.runDelaySpanMicros[i] ?? 0,
      })),
    );
    // The clocks of the scheduler and of the program are two.
    for (const { delay, span } of readings) expect(delay).toBeLessThanOrEqual(span + 5000);
    expect(readings.reduce((sum, { delay }) => sum + delay, 0)).toBeGreaterThan(60_000);
  },
);

test.for(runtimes)(
  "a turn in which a request arrives is the request's, whether a sample fell into it or not: Node $major",
  async ({ binary }) => {
    const receiver = await Receiver.start();
    const child = runNode(
      ["--import", registerModule, app("short-requests.cjs")],
      { HOTSPAN_ENDPOINT: receiver.url },
      binary,
    );
    const { code, stderr } = await child.ended;
    await receiver.close();
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const owners = receiver.windows.flatMap(({ journal, labels }) =>
      Array.from(journal?.turnLabel ?? [], (label, i) => ({
        endpoint: labels[label - 1]?.endpoint,
        busy: journal?.turnBusyMicros[i] ?? 0,
      })),
    );
    const ofRequests = owners.filter(({ endpoint }) => endpoint === "GET /short");
    // All 60, but for what happens before sampling does, and where the machine interrupts.
    expect(ofRequests.length).toBeGreaterThan(40);
    for (const { busy } of ofRequests) expect(busy).toBeGreaterThanOrEqual(3000);
    // What ran before it is not the work of a span that begins at the end.
    expect(owners.filter(({ endpoint }) => endpoint === "GET /late")).toEqual([]);
  },
);
