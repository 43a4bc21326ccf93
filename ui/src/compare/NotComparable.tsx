import { type CompareState, perOf } from "../state/compare.ts";
import { compact } from "../state/raw.ts";
import { sideWordsOf } from "./SideCards.tsx";

/** `why` is the API's own text: `other: no spans are stored to divide by`. */
export function NotComparable(props: {
  readonly state: CompareState;
  readonly why: string;
  readonly onChange: (state: CompareState) => void;
}) {
  const { state, why } = props;
  const colon = why.indexOf(": ");
  const field = why.slice(0, Math.max(0, colon));
  const name = field === "base" || field === "other" ? field : undefined;
  const text =
    name === undefined ? why : `${why.slice(colon + 2)} on the side of ${sideWordsOf(state, name)}`;
  return (
    <>
      <h1 className="sentence">Not comparable: {text}.</h1>
      <div className="say" role="status">
        <p className="muted">
          {perOf(state) === "per_span"
            ? "Its samples are there, but not how many requests they belong to: spans are missing, or expired. Shares of all need neither."
            : "Its samples are there, but not for how long it was sampled, as of other profilers. Shares of all need no time."}
        </p>
        <span className="end">
          <button
            type="button"
            className="btn"
            onClick={() => props.onChange(compact<CompareState>({ ...state, per: "share" }))}
          >
            Compare shares
          </button>
        </span>
      </div>
    </>
  );
}
