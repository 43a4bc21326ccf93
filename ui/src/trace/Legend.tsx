import type { LedgerClass } from "../api/ledger-types.ts";
import type { TraceSpan } from "../api/types.ts";
import { classCss, classOrder, classWords, legendWords } from "../ledger/classes.ts";
import type { ServiceColour } from "./colours.ts";

/** What the bars' colours and shapes mean; only what occurs. */
export function Legend(props: {
  readonly spans: readonly TraceSpan[];
  /** Undefined: the bars show ledgers. */
  readonly colours: ReadonlyMap<string, ServiceColour> | undefined;
  readonly showPath: boolean;
  /** Classes in the rows that are drawn. */
  readonly classes: ReadonlySet<LedgerClass>;
}) {
  const drawn = new Set(
    props.spans
      .filter((span) => span.profile.state !== "too_short" && span.profile.state !== "no_agent")
      .map((span) => span.service),
  );
  const own = [...(props.colours ?? [])].filter(
    ([service, colour]) => colour !== "p-root" && drawn.has(service),
  );
  const others = [...(props.colours ?? [])].filter(
    ([service, colour]) => colour === "p-root" && drawn.has(service),
  ).length;
  const has = (state: TraceSpan["profile"]["state"]): boolean =>
    props.spans.some((span) => span.profile.state === state);
  return (
    <p className="note key wide">
      {props.colours === undefined &&
        classOrder
          .filter((name) => name !== "unprofiled" && props.classes.has(name))
          .map((name) => (
            <span key={name} title={classWords(name)}>
              <i className={`sw ${classCss(name)}`} />
              {legendWords(name)}
            </span>
          ))}
      {own.map(([service, colour]) => (
        <span key={service}>
          <i className="sw" style={{ background: `var(--${colour})` }} />
          {service}
        </span>
      ))}
      {others > 0 && (
        <span>
          <i className="sw" style={{ background: "var(--p-root)" }} />
          {others === 1 ? "another service" : `${others} other services`}
        </span>
      )}
      {props.showPath && (
        <span>
          <i className="path" />
          critical path
        </span>
      )}
      {has("too_short") && (
        <span>
          <i className="sw outline" />
          shorter than the sampling interval: timed, not profiled
        </span>
      )}
      {(props.colours === undefined
        ? props.classes.has("unprofiled") || props.spans.some(({ profile }) => isHatched(profile.state))
        : has("no_agent")) && (
        <span>
          <i className="sw hatch" />
          {props.colours === undefined ? "not profiled" : "no agent on that service"}
        </span>
      )}
    </p>
  );
}

const isHatched = (state: TraceSpan["profile"]["state"]): boolean =>
  state !== "ready" && state !== "too_short";
