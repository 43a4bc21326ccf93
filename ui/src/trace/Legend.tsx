import { useMemo } from "react";
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
  const { spans } = props;
  const { drawn, states } = useMemo(() => facts(spans), [spans]);
  const own = [...(props.colours ?? [])].filter(
    ([service, colour]) => colour !== "p-root" && drawn.has(service),
  );
  const others = [...(props.colours ?? [])].filter(
    ([service, colour]) => colour === "p-root" && drawn.has(service),
  ).length;
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
      {states.has("too_short") && (
        <span>
          <i className="sw outline" />
          shorter than the sampling interval: timed, not profiled
        </span>
      )}
      {(props.colours === undefined
        ? props.classes.has("unprofiled") || [...states].some(isHatched)
        : states.has("no_agent")) && (
        <span>
          <i className="sw hatch" />
          {props.colours === undefined ? "not profiled" : "no agent on that service"}
        </span>
      )}
    </p>
  );
}

type State = TraceSpan["profile"]["state"];

/** The services that have bars, and the states there are. */
function facts(spans: readonly TraceSpan[]): {
  readonly drawn: ReadonlySet<string>;
  readonly states: ReadonlySet<State>;
} {
  const drawn = spans.filter(({ profile }) => profile.state !== "too_short" && profile.state !== "no_agent");
  return {
    drawn: new Set(drawn.map(({ service }) => service)),
    states: new Set(spans.map(({ profile }) => profile.state)),
  };
}

const isHatched = (state: State): boolean => state !== "ready" && state !== "too_short";
