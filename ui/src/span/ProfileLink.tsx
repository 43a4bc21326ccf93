import { Link } from "@tanstack/react-router";
import type { TraceSpan } from "../api/types.ts";
import { rowLabel, rowWords } from "./states.ts";

/**
 * "Profile for this span" on a row. The selected row has it as a button in full; the others say their samples or
 * their state. Its name always begins with the full words: not by aria-label where those are not what one sees
 * (WCAG 2.5.3), but as text for assistive tools beside text for eyes.
 */
export function ProfileLink(props: {
  readonly traceId: string;
  readonly span: TraceSpan;
  readonly selected?: boolean;
  readonly tabIndex?: number;
}) {
  const { span } = props;
  const address = {
    to: "/trace/$traceId/span/$spanId",
    params: { traceId: props.traceId, spanId: span.spanId },
  } as const;
  if (props.selected === true) {
    return (
      <Link {...address} className="btn primary" aria-label={rowLabel(span)}>
        Profile for this span
      </Link>
    );
  }
  const useful = span.profile.state === "ready" && span.profile.selfSamples > 0;
  return (
    <Link {...address} className={useful ? undefined : "faint"} tabIndex={props.tabIndex}>
      <span aria-hidden="true">{rowWords(span.profile)}</span>
      <span className="vh">{rowLabel(span)}</span>
    </Link>
  );
}
