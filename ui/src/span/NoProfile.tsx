import { Link } from "@tanstack/react-router";
import type { SpanProfile, TraceSpan } from "../api/types.ts";
import { profilesOfUrl } from "../state/profiles.ts";
import { panelWords } from "./states.ts";

/** The profile's panel in every state but `ready`: what is so, and what can be done. */
export function NoProfile(props: {
  readonly answer: SpanProfile;
  readonly span: TraceSpan | undefined;
  /** Of the span's thread, where it is known. */
  readonly periodNano: number | undefined;
  readonly onSubtree: (() => void) | undefined;
}) {
  const { answer, span } = props;
  if (answer.state === "ready") return null;
  const words = panelWords(answer.state, span, {
    retryAfterMs: answer.retryAfterMs,
    periodNano: props.periodNano,
  });
  return (
    <div className="say" role="status" data-state={answer.state}>
      <div>
        <h3>
          {answer.state === "pending" && <span className="spin" aria-hidden="true" />} {words.title}
        </h3>
        <p className="muted">{words.text}</p>
      </div>
      <span className="end">
        {answer.state === "no_agent" && (
          <Link to="/start" className="btn">
            Attach the agent
          </Link>
        )}
        {answer.state === "lost" && (
          <Link
            to="/fleet"
            search={span === undefined ? {} : { service: span.service, range: "24h" }}
            className="btn"
          >
            Agents of {span?.service ?? "all services"} in Fleet
          </Link>
        )}
        {answer.aggregateUrl !== undefined && (
          <Link to="/profiles" search={profilesOfUrl(answer.aggregateUrl)} className="btn">
            All {span?.name ?? "such"} spans together
          </Link>
        )}
        {props.onSubtree !== undefined && (
          <button type="button" className="btn" onClick={props.onSubtree}>
            With children
          </button>
        )}
      </span>
    </div>
  );
}
