import { Link } from "@tanstack/react-router";
import type { Ledger } from "../api/ledger-types.ts";
import { ms, msUnit, shortId } from "../lib/format.ts";
import { framePlace } from "./frames.ts";
import { type Holder, holdersOf, holderWords } from "./holders.ts";

const most = 5;
const mostFrames = 3;

/** Who kept the loop while this span was ready to go on. */
export function Blame(props: { readonly ledger: Ledger; readonly note: string | undefined }) {
  const { ledger } = props;
  const held = ledger.rows.find((row) => row.class === "loop.held");
  const holders = holdersOf(ledger.blame);
  const shown = holders.slice(0, most);
  const culprit = shown.find((one) => one.traceId !== null && one.spanId !== null);
  return (
    <section aria-labelledby="blame-title">
      <div className="head">
        <h2 id="blame-title">Who held the loop</h2>
        {held !== undefined && held.nano > 0 && (
          <span className="muted">
            {msUnit(held.nano)} in all, {ms(held.low)} – {ms(held.high)}
          </span>
        )}
      </div>
      {shown.length === 0 ? (
        <p className="note">
          {held === undefined || held.nano === 0
            ? "Nobody: no other work kept the loop while this span was ready to go on."
            : "Not known: no tick and no turn says who ran."}
        </p>
      ) : (
        <ol className="blame">
          {shown.map((one, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- not all have ids
            <li key={index} className={index === 0 ? "big" : undefined}>
              <div className="r">
                <b>{holderWords(one)}</b>
                <span className="ms">{msUnit(one.nano)}</span>
              </div>
              <Ids holder={one} />
              <Frames holder={one} />
              {one.kind === "request" && one.gcNano > 0 && <small>garbage collection {ms(one.gcNano)}</small>}
              <small>
                {ms(one.low)} – {msUnit(one.high)}
              </small>
            </li>
          ))}
        </ol>
      )}
      {holders.length > most && <p className="note">{holders.length - most} more, none longer.</p>}
      {(props.note !== undefined || culprit !== undefined) && (
        <p className="note">
          {props.note}{" "}
          {culprit !== undefined && (
            <Link
              to="/trace/$traceId/span/$spanId"
              params={{ traceId: culprit.traceId ?? "", spanId: culprit.spanId ?? "" }}
              search={{ delayed: true }}
            >
              All spans {culprit.endpoint ?? "it"} delayed
            </Link>
          )}
        </p>
      )}
    </section>
  );
}

function Ids({ holder: { traceId, spanId } }: { readonly holder: Holder }) {
  if (traceId === null || traceId === "") return null;
  return (
    <small>
      <Link to="/trace/$traceId" params={{ traceId }} search={spanId === null ? {} : { span: spanId }}>
        trace <code>{shortId(traceId)}</code>
      </Link>
      {spanId !== null && (
        <>
          {" "}
          ·{" "}
          <Link to="/trace/$traceId/span/$spanId" params={{ traceId, spanId }}>
            span <code>{shortId(spanId)}</code>
          </Link>
        </>
      )}
    </small>
  );
}

/** What it ran meanwhile. */
function Frames({ holder: { frames } }: { readonly holder: Holder }) {
  return frames.slice(0, mostFrames).map(({ frame, nano }) => {
    const place = framePlace(frame);
    return (
      <small key={`${frame.function} ${place}`}>
        <code>{frame.function}</code>
        {frames.length > 1 && ` ${ms(nano)}`}
        {place !== undefined && <span className="faint"> {place}</span>}
      </small>
    );
  });
}
