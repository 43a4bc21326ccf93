import { type FormEvent, useState } from "react";
import { Drop } from "../components/Drop.tsx";
import { rangeWords } from "../lib/format.ts";
import { refreshNow, useNow } from "../lib/now.ts";
import { type RangeName, type RangeState, ranges, timeRange } from "../state/range.ts";

const words: Readonly<Record<RangeName, string>> = {
  "15m": "Last 15 minutes",
  "1h": "Last hour",
  "6h": "Last 6 hours",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
};
const inOrder: readonly RangeName[] = ranges.toSorted((a, b) => Number(a !== "15m") - Number(b !== "15m"));

/** The time range in the header: presets, own instants in UTC, and newer data. */
export function RangeControl(props: {
  readonly state: RangeState;
  /** Names all three: a relative range has no instants. */
  readonly onChange: (range: RangeState) => void;
}) {
  const { state } = props;
  const now = useNow();
  const range = timeRange(state, now);
  const set = (change: RangeState): void => {
    refreshNow();
    props.onChange({ range: undefined, from: undefined, to: undefined, ...change });
  };
  return (
    <>
      <Drop
        quiet
        label={
          <>
            <span className="vh">Time range: </span>
            <span className="hide-s">{rangeWords(range.from, range.to)}</span>
            <span className="only-s">{state.from === undefined ? (state.range ?? "1h") : "Custom"}</span>
          </>
        }
      >
        {(close) => (
          <>
            <ul>
              {inOrder.map((name) => (
                <li key={name}>
                  <button
                    type="button"
                    aria-current={state.from === undefined && (state.range ?? "1h") === name}
                    onClick={() => {
                      set({ range: name === "1h" ? undefined : name });
                      close();
                    }}
                  >
                    {words[name]}
                  </button>
                </li>
              ))}
            </ul>
            <CustomRange
              {...range}
              onApply={(from, to) => {
                set({ from, to });
                close();
              }}
            />
          </>
        )}
      </Drop>
      {state.from === undefined && (
        <button type="button" className="btn quiet" aria-label="Refresh" title="Refresh" onClick={refreshNow}>
          <span className="hide-s">Refresh</span>
          <span className="only-s" aria-hidden="true">
            ↻
          </span>
        </button>
      )}
    </>
  );
}

function CustomRange(props: {
  readonly from: number;
  readonly to: number;
  readonly onApply: (from: number, to: number) => void;
}) {
  const [problem, setProblem] = useState<string>();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const from = readUtc(form.get("from"));
    const to = readUtc(form.get("to"));
    if (from === undefined || to === undefined) setProblem("Both ends are needed.");
    else if (from >= to) setProblem("The end must lie after the beginning.");
    else props.onApply(from, to);
  };
  return (
    <form onSubmit={submit}>
      <label className="field">
        <span>From, UTC</span>
        <input type="datetime-local" name="from" step="1" defaultValue={writeUtc(props.from)} />
      </label>
      <label className="field">
        <span>To, UTC</span>
        <input type="datetime-local" name="to" step="1" defaultValue={writeUtc(props.to)} />
      </label>
      {problem !== undefined && (
        <p className="bad small" role="alert">
          {problem}
        </p>
      )}
      <button type="submit" className="btn">
        Apply
      </button>
    </form>
  );
}

const writeUtc = (unixMs: number): string => new Date(unixMs).toISOString().slice(0, 19);

function readUtc(value: FormDataEntryValue | null): number | undefined {
  const unixMs = typeof value === "string" ? Date.parse(`${value}Z`) : Number.NaN;
  return Number.isFinite(unixMs) ? unixMs : undefined;
}
