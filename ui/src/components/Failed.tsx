import { ApiError } from "../api/client.ts";

/** An error inside its own panel: what failed, the code, the request's id, another try. */
export function Failed(props: {
  readonly what: string;
  readonly error: Error;
  readonly onRetry: () => void;
}) {
  const { error } = props;
  const api = error instanceof ApiError ? error : undefined;
  return (
    <div className="say" role="alert">
      <div>
        <h2 className="bad">{props.what}</h2>
        <p className="muted">
          {error.message} {api !== undefined && <code>{api.code}</code>}
          {api?.requestId !== undefined && (
            <>
              {" "}
              Request <code>{api.requestId}</code>.
            </>
          )}
        </p>
      </div>
      <span className="end">
        <button type="button" className="btn" onClick={props.onRetry}>
          Try again
        </button>
      </span>
    </div>
  );
}
