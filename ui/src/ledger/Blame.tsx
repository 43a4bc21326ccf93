import { Link } from "@tanstack/react-router";
import type { Ledger } from "../api/ledger-types.ts";
import { FunctionName } from "../components/FunctionName.tsx";
import { ms, msUnit, shortId } from "../lib/format.ts";
import { functionWords } from "../text/function-words.ts";
import { heldNote, type TimelineView, turnOf, turnSearch } from "../timeline/view.ts";
import { frameFile, framePlace } from "./frames.ts";
import { type Holder, holdersOf, holderWords, type Own } from "./holders.ts";
import { intervalTitle } from "./interval.ts";

const most = 5;
const mostFrames = 3;

interface OfHolder {
  readonly holder: Holder;
  readonly own: Own;
  /** Undefined: not yet read, or nothing to draw. */
  readonly view: TimelineView | undefined;
}

/** Who kept the loop while this span was ready to go on: the longest in full, the others a line each. */
export function Blame(props: {
  readonly ledger: Ledger;
  readonly own: Own;
  readonly view: TimelineView | undefined;
}) {
  const { ledger, own, view } = props;
  const held = ledger.rows.find((row) => row.class === "loop.held");
  const holders = holdersOf(ledger.blame);
  const note = view === undefined ? undefined : heldNote(view);
  return (
    <section aria-labelledby="blame-title">
      <div className="head">
        <h2 id="blame-title">Who held the loop</h2>
        {held !== undefined && held.nano > 0 && (
          <span className="muted" title={intervalTitle(held)}>
            {msUnit(held.nano)} in all
          </span>
        )}
      </div>
      {holders.length === 0 ? (
        <p className="note">
          {held === undefined || held.nano === 0
            ? "Nobody: no other work kept the loop while this span was ready to go on."
            : "Not known: no tick and no turn says who ran."}
        </p>
      ) : (
        <ol className="blame">
          {holders.slice(0, most).map((holder, index) =>
            index === 0 ? (
              <Longest key="longest" holder={holder} own={own} view={view} />
            ) : (
              // oxlint-disable-next-line react/no-array-index-key -- not all have ids
              <Other key={index} holder={holder} own={own} view={view} />
            ),
          )}
        </ol>
      )}
      {holders.length > most && <p className="note">{holders.length - most} more, none longer.</p>}
      {note !== undefined && <p className="note">{note}</p>}
    </section>
  );
}

/** The holder's span in its own trace, at the turn that held this one. */
const searchOf = ({ holder, view }: OfHolder) => ({
  ...(holder.spanId === null ? {} : { span: holder.spanId }),
  ...(view === undefined ? {} : turnSearch(view, turnOf(view, holder.traceId))),
});

function Longest(props: OfHolder) {
  const { holder, own } = props;
  const { traceId, spanId, frames } = holder;
  return (
    <li className="big">
      <div className="r">
        <b>{holderWords(holder, own)}</b>
        <span className="ms" title={intervalTitle(holder)}>
          {msUnit(holder.nano)}
        </span>
      </div>
      {traceId !== null && traceId !== "" && (
        <small>
          <Link to="/trace/$traceId" params={{ traceId }} search={searchOf(props)}>
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
      )}
      {frames.slice(0, mostFrames).map(({ frame, nano }) => (
        <small key={`${frame.function} ${framePlace(frame)}`}>
          <FunctionName frame={frame} />
          {frames.length > 1 && ` ${ms(nano)}`}{" "}
          <span className="faint" title={framePlace(frame)}>
            {frameFile(frame)}
          </span>
        </small>
      ))}
      {holder.kind === "request" && holder.gcNano > 0 && (
        <small>garbage collection {ms(holder.gcNano)}</small>
      )}
      {traceId !== null && spanId !== null && (
        <small>
          <Link to="/trace/$traceId/span/$spanId" params={{ traceId, spanId }} search={{ delayed: true }}>
            All spans that this request delayed
          </Link>
        </small>
      )}
    </li>
  );
}

function Other(props: OfHolder) {
  const { holder, own } = props;
  const { traceId } = holder;
  const frame = holder.frames[0]?.frame;
  const words = holderWords(holder, own);
  const full = [words, frame && functionWords(frame).full, frame && framePlace(frame)];
  return (
    <li className="r">
      <small className="cut" title={full.filter((part) => part !== undefined).join(" · ")}>
        {traceId === null || traceId === "" ? (
          words
        ) : (
          <Link to="/trace/$traceId" params={{ traceId }} search={searchOf(props)}>
            {words}
          </Link>
        )}
        {frame !== undefined && (
          <>
            {" · "}
            <FunctionName frame={frame} />
          </>
        )}
      </small>
      <small className="ms" title={intervalTitle(holder)}>
        {msUnit(holder.nano)}
      </small>
    </li>
  );
}
