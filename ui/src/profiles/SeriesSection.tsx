import { useState } from "react";
import { Failed } from "../components/Failed.tsx";
import { DeployList, useDeploys } from "../deploys/DeployMarks.tsx";
import { durationShort, percent, stepClock } from "../lib/format.ts";
import { refreshNow, useNow } from "../lib/now.ts";
import { type ProfilesState, type Split, splits } from "../state/profiles.ts";
import { partRange } from "../state/range.ts";
import { compact } from "../state/raw.ts";
import { typeOf } from "../state/selection.ts";
import { dataTimes, levelWords, overTimeWords, type SeriesGrid, sumBetween } from "./series.ts";
import { type Part, SeriesChart } from "./SeriesChart.tsx";
import { SplitTable } from "./SplitTable.tsx";

const splitWords: Readonly<Record<Split, string>> = {
  none: "nothing",
  version: "version",
  endpoint: "endpoint",
  instance: "instance",
  zone: "zone",
  environment: "environment",
  thread: "thread",
};

/** Sums over time, the part of it that is looked at, and what it is made of. */
export function SeriesSection(props: {
  readonly grid: SeriesGrid;
  /** Lines for the table; undefined: not split, or not read yet. */
  readonly split: SeriesGrid | undefined;
  readonly what: Split | "service";
  readonly state: ProfilesState;
  readonly onChange: (state: ProfilesState) => void;
  readonly refetchError: Error | null;
}) {
  const { grid, split, state, what } = props;
  const type = typeOf(state);
  const now = useNow();
  const [draft, setDraft] = useState<Part>();
  const set = (change: Partial<ProfilesState>): void => props.onChange(compact({ ...state, ...change }));
  const chosen: Part | undefined =
    state.selFrom === undefined || state.selTo === undefined
      ? undefined
      : { selFrom: state.selFrom, selTo: state.selTo };
  const shown = draft ?? chosen;
  const range = partRange(state, now);
  const data = dataTimes(grid);
  // Where data covers little of the range its means say little.
  const sparse = data !== undefined && data.to - data.from < 0.6 * (grid.toMs - grid.fromMs);
  const deploys = useDeploys(state.service, grid.fromMs, grid.toMs);
  const stepText = durationShort(grid.stepMs * 1e6);
  return (
    <section>
      <div className="head">
        <h2>{overTimeWords(type)}</h2>
        <span className="muted">
          {levelWords[type]} · steps of {stepText}
        </span>
        {sparse && (
          <button
            type="button"
            className="link small"
            onClick={() => set({ range: undefined, selFrom: undefined, selTo: undefined, ...data })}
          >
            Fit to data, {stepClock(data.from, grid.stepMs)} – {stepClock(data.to, grid.stepMs)}
          </button>
        )}
        {what !== "service" && (
          <span className="end">
            <label className="field">
              <span>Split by</span>
              <select
                value={state.split ?? "none"}
                onChange={(event) => {
                  const next = event.target.value as Split;
                  set({ split: next === "none" ? undefined : next });
                }}
              >
                {splits.map((one) => (
                  <option key={one} value={one}>
                    {splitWords[one]}
                  </option>
                ))}
              </select>
            </label>
          </span>
        )}
      </div>
      {props.refetchError !== null && (
        <Failed
          what={`${overTimeWords(type)} could not be read again`}
          error={props.refetchError}
          onRetry={refreshNow}
        />
      )}
      <SeriesChart
        grid={grid}
        type={type}
        part={chosen}
        deploys={deploys}
        onDraft={setDraft}
        onSelect={(part) => set(part ?? { selFrom: undefined, selTo: undefined })}
      />
      <DeployList deploys={deploys} fromMs={grid.fromMs} toMs={grid.toMs} />
      {shown !== undefined && (
        <div className="selbar">
          <span role="status">
            <b>
              {stepClock(shown.selFrom, grid.stepMs)} – {stepClock(shown.selTo, grid.stepMs)} UTC
            </b>{" "}
            · {percent(sumBetween(grid, grid.total, shown.selFrom, shown.selTo) / Math.max(1, grid.sum))} of
            all
          </span>
          <span className="end">
            <button
              type="button"
              className="btn quiet"
              onClick={() => set({ selFrom: undefined, selTo: undefined })}
            >
              Clear <kbd>Esc</kbd>
            </button>
            {draft === undefined && (
              <button
                type="button"
                className="btn"
                onClick={() =>
                  set({
                    range: undefined,
                    from: shown.selFrom,
                    to: shown.selTo,
                    selFrom: undefined,
                    selTo: undefined,
                  })
                }
              >
                Zoom in
              </button>
            )}
          </span>
        </div>
      )}
      {split !== undefined && (
        <SplitTable
          grid={split}
          type={type}
          what={what}
          from={range.from}
          to={range.to}
          alone={(key) => aloneOf(state, what, key)}
        />
      )}
    </section>
  );
}

/** The view narrowed to one line of what it was split by. */
function aloneOf(state: ProfilesState, what: Split | "service", key: string): ProfilesState | undefined {
  if (key === "" || what === "none") return undefined;
  const open = { ...state, split: undefined, zoom: undefined, at: undefined };
  if (what === "service" || what === "endpoint") return compact({ ...open, [what]: key });
  return compact({ ...open, [what]: [key] });
}
