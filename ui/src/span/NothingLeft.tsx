import type { SpanState } from "../state/span.ts";

/** A profile without any time: the filters took it all, or the span only waited. */
export function NothingLeft(props: {
  readonly state: SpanState;
  readonly onSubtree: (() => void) | undefined;
}) {
  const { state } = props;
  const filtered = state.focus !== undefined || state.show !== undefined;
  const what = state.type === "cpu" ? "CPU time" : "code";
  const whose = state.scope === "subtree" ? "this span or its children" : "this span";
  return (
    <div className="say" role="status">
      <div>
        <h3>{filtered ? "No samples are left" : "No own samples"}</h3>
        <p className="muted">
          {filtered
            ? "No frame matches the filters. Removing one brings frames back."
            : `The thread was sampled, but at no tick with ${what} of ${whose}.`}
        </p>
      </div>
      {!filtered && props.onSubtree !== undefined && (
        <span className="end">
          <button type="button" className="btn" onClick={props.onSubtree}>
            With children
          </button>
        </span>
      )}
    </div>
  );
}
