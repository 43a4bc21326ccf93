import type { TraceSpan } from "../api/types.ts";
import type { ServiceColour } from "./colours.ts";

/** What the bars' colours and shapes mean; only what occurs. */
export function Legend(props: {
  readonly spans: readonly TraceSpan[];
  readonly colours: ReadonlyMap<string, ServiceColour>;
  readonly showPath: boolean;
}) {
  const drawn = new Set(
    props.spans
      .filter((span) => span.profile.state !== "too_short" && span.profile.state !== "no_agent")
      .map((span) => span.service),
  );
  const own = [...props.colours].filter(([service, colour]) => colour !== "p-root" && drawn.has(service));
  const others = [...props.colours].filter(
    ([service, colour]) => colour === "p-root" && drawn.has(service),
  ).length;
  const has = (state: TraceSpan["profile"]["state"]): boolean =>
    props.spans.some((span) => span.profile.state === state);
  return (
    <p className="note key">
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
      {has("no_agent") && (
        <span>
          <i className="sw hatch" />
          no agent on that service
        </span>
      )}
    </p>
  );
}
