import type { ReactNode } from "react";
import type { Ingest } from "../api/types.ts";
import { counted } from "../lib/format.ts";
import { type AgentState, type Counted, ingestWords, needsAttention, stateWords } from "./judge.ts";

const advice: Readonly<Partial<Record<AgentState, ReactNode>>> = {
  windows: (
    <>
      Windows were taken and did not arrive. Run <code>npx hotspan doctor --pid PID</code> beside the process:
      it tells how many were dropped, how much waits, and the last error. Where the correlator or Kafka was
      out of reach for too long, see to that, or raise <code>HOTSPAN_QUEUE_BYTES</code>. Where it names no
      error, the loop had no time to encode: lower <code>HOTSPAN_HZ</code>. If nothing was dropped there, look
      at lag and dead letters above.
    </>
  ),
  ticks: (
    <>
      The sampler fired less often than it should. Most often the process gets no processor: compare its CPU
      limit with what it uses. Ledgers of these threads have more unprofiled time; nothing in them is wrong.
    </>
  ),
  silent: (
    <>
      No window for over 90 s. After a deployment or a scale-down this is how an ended process looks. If it
      still runs, <code>npx hotspan doctor --pid PID</code> says whether the agent is on and what it last
      failed at.
    </>
  ),
};

/** For each state that is there and needs attention: what it means, and the next step. */
export function WhatToDo({
  counted: figures,
  ingest,
}: {
  readonly counted: Counted;
  readonly ingest: Ingest;
}) {
  const states = (Object.keys(advice) as AgentState[]).filter(
    (state) => needsAttention(state) && figures.of[state] > 0,
  );
  const unknown = ingest.lagMessages === null;
  const behind = ingestWords(ingest).bad;
  if (states.length === 0 && !behind && ingest.deadLetters === 0) return null;
  return (
    <section aria-labelledby="todo-title">
      <div className="head">
        <h2 id="todo-title">What to do</h2>
      </div>
      <dl className="todo">
        {states.map((state) => (
          <div key={state}>
            <dt>
              {stateWords[state]} <span className="muted">{counted(figures.of[state], "thread")}</span>
            </dt>
            <dd>{advice[state]}</dd>
          </div>
        ))}
        {unknown && (
          <div>
            <dt>No correlator</dt>
            <dd>
              Each tells of itself every 10 s. Is one running, and against this ClickHouse? Its log says what
              it waits for.
            </dd>
          </div>
        )}
        {behind && !unknown && (
          <div>
            <dt>Ingest is behind</dt>
            <dd>
              Ask each correlator for <code>/readyz</code>: it names the component that is not well. Nothing
              is lost while it waits: agents and Kafka keep what is not stored, for as long as they have room.
            </dd>
          </div>
        )}
        {ingest.deadLetters > 0 && (
          <div>
            <dt>
              Dead letters <span className="muted">{counted(ingest.deadLetters, "record")}</span>
            </dt>
            <dd>
              Records nobody could read. <code>npx hotspan dlq list</code> names the reason of each; most come
              from an agent that is newer than the correlator. <code>npx hotspan dlq replay</code> sends them
              again.
            </dd>
          </div>
        )}
      </dl>
    </section>
  );
}
