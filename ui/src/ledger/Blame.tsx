import { Link } from "@tanstack/react-router";
import type { Ledger, LedgerBlame } from "../api/ledger-types.ts";
import { ms, msUnit, shortId } from "../lib/format.ts";
import { framePlace } from "./frames.ts";
import { blameWords } from "./view.ts";

const most = 5;

/** Who kept the loop while this span was ready to go on. */
export function Blame(props: { readonly ledger: Ledger; readonly note: string | undefined }) {
  const { ledger } = props;
  const held = ledger.rows.find((row) => row.class === "loop.held");
  const shown = ledger.blame.slice(0, most);
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
            // oxlint-disable-next-line react/no-array-index-key -- one holder may stand here twice, by function
            <li key={index} className={index === 0 ? "big" : undefined}>
              <div className="r">
                <b>{blameWords(one)}</b>
                <span className="ms">{msUnit(one.nano)}</span>
              </div>
              <Where blame={one} />
              <small>
                {ms(one.low)} – {msUnit(one.high)}
              </small>
            </li>
          ))}
        </ol>
      )}
      {ledger.blame.length > most && <p className="note">{ledger.blame.length - most} more, none longer.</p>}
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

function Where({ blame }: { readonly blame: LedgerBlame }) {
  const { traceId, spanId, frame } = blame;
  const place = frame === null ? undefined : framePlace(frame);
  if (traceId === null && frame === null) return null;
  return (
    <small>
      {traceId !== null && traceId !== "" && (
        <Link to="/trace/$traceId" params={{ traceId }} search={spanId === null ? {} : { span: spanId }}>
          trace <code>{shortId(traceId)}</code>
        </Link>
      )}
      {traceId !== null && traceId !== "" && spanId !== null && (
        <>
          {" "}
          ·{" "}
          <Link to="/trace/$traceId/span/$spanId" params={{ traceId, spanId }}>
            span <code>{shortId(spanId)}</code>
          </Link>
        </>
      )}
      {frame !== null && (
        <>
          {traceId !== null && " · "}
          <code>{frame.function}</code>
        </>
      )}
      {place !== undefined && <span className="faint"> {place}</span>}
    </small>
  );
}
