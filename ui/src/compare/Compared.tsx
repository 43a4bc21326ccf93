import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import type { KnownValues } from "../api/known-values.ts";
import type { CompareAnswer } from "../api/types.ts";
import { Failed } from "../components/Failed.tsx";
import { Sentence } from "../components/Sentence.tsx";
import { ViewChoice } from "../profile/ViewChoice.tsx";
import { filterText } from "../flamegraph/tree.ts";
import { patternFor } from "../flamegraph/functions.ts";
import { type PackageColour, packageColours } from "../flamegraph/palette.ts";
import { chooseSafePalette, useSafePalette } from "../lib/theme.ts";
import { type CompareState, profilesOfSide } from "../state/compare.ts";
import { addChip } from "../state/filters.ts";
import { compact } from "../state/raw.ts";
import { typeOf } from "../state/selection.ts";
import { ChangeTable } from "./ChangeTable.tsx";
import { diffTree } from "./diff.ts";
import { DiffView } from "./DiffView.tsx";
import { diffSentence } from "./sentence.ts";
import { SideCards, sideWordsOf } from "./SideCards.tsx";
import { isNothing, unitOf } from "./units.ts";

/** The answer: sentence, sides, drawing, functions. */
export function Compared(props: {
  readonly answer: CompareAnswer;
  readonly state: CompareState;
  readonly now: number;
  readonly known: KnownValues;
  /** What the server said about a pattern. */
  readonly problem: string | undefined;
  readonly error: Error | null;
  readonly onRetry: () => void;
  readonly onChange: (state: CompareState) => void;
}) {
  const { answer, state, onChange } = props;
  const whose = state.endpoint ?? state.operation ?? state.service ?? "all";
  const unit = useMemo(() => unitOf(answer.unit), [answer.unit]);
  const diff = useMemo(
    () => diffTree(answer, whose, (value) => isNothing(unit, value)),
    [answer, whose, unit],
  );
  const packages = useMemo(() => packagesOf(answer), [answer]);
  const names = { base: shortName(state, "base"), other: shortName(state, "other") };
  const set = (change: Partial<CompareState>): void => onChange(compact({ ...state, ...change }));
  const empty = emptySide(answer, state);
  const safe = useSafePalette();
  return (
    <>
      {empty === undefined ? (
        <Sentence
          parts={diffSentence(answer, diff, unit, {
            whose,
            where: `in ${sideWordsOf(state, "other")}`,
            type: typeOf(state),
          })}
        />
      ) : (
        <h1 className="sentence">Not comparable: {empty.words}.</h1>
      )}
      <SideCards
        state={state}
        now={props.now}
        answer={answer}
        diff={diff}
        unit={unit}
        known={props.known}
        onChange={onChange}
      />
      {props.error !== null && (
        <section>
          <Failed
            what="The profiles could not be compared again"
            error={props.error}
            onRetry={props.onRetry}
          />
        </section>
      )}
      {empty !== undefined ? (
        <section>
          <div className="say" role="status">
            <p className="muted">{empty.help}</p>
            <span className="end">
              <Link to="/profiles" search={profilesOfSide(state, empty.name)} className="btn">
                Look at that side
              </Link>
            </span>
          </div>
        </section>
      ) : (
        <>
          <section aria-labelledby="difference-title">
            <div className="head">
              <h2 id="difference-title">Difference</h2>
              <span className="muted">
                width = {names.other}
                {unit.per === "" ? ", share of all" : `, ${unit.per}`}
              </span>
              <span className="end">
                <Legend other={diff.added.size > 0 ? names.other : undefined} />
                <label className="check">
                  <input
                    type="checkbox"
                    checked={safe}
                    onChange={(event) => chooseSafePalette(event.target.checked)}
                  />
                  Colour-blind palette
                </label>
                <ViewChoice view={state.view} onChange={(view) => set({ view })} />
              </span>
            </div>
            <DiffView
              diff={diff}
              unit={unit}
              names={names}
              state={state}
              problem={props.problem}
              onChange={onChange}
            />
          </section>
          <section aria-labelledby="functions-title">
            <div className="head">
              <h2 id="functions-title">Functions</h2>
              <span className="muted">
                self, {unit.head} · largest {state.by === undefined ? "change" : "value"} first
              </span>
            </div>
            <ChangeTable
              functions={answer.functions}
              diff={diff}
              sums={{ base: diff.base.total[0] ?? 0, other: diff.other.total[0] ?? 0 }}
              unit={unit}
              names={names}
              order={state.by ?? "change"}
              packages={packages}
              onOrder={(order) => set({ by: order === "change" ? undefined : order })}
              onPick={(row) => onChange(addChip(state, { name: "highlight", pattern: patternFor(row) }))}
            />
          </section>
        </>
      )}
    </>
  );
}

/** For heads of columns: a version or an instance without the word before it. */
function shortName(state: CompareState, name: "base" | "other"): string {
  return sideWordsOf(state, name).replace(/^(version|instance|zone|environment) /, "");
}

/** A side without samples: against nothing all is new. */
function emptySide(
  answer: CompareAnswer,
  state: CompareState,
): { readonly name: "base" | "other"; readonly words: string; readonly help: string } | undefined {
  const name =
    answer.other.samples === 0 && answer.other.total === 0
      ? "other"
      : answer.base.samples === 0 && answer.base.total === 0
        ? "base"
        : undefined;
  if (name === undefined) {
    const filtered = answer.functions.length === 0;
    return filtered
      ? {
          name: "other",
          words: "no frame matches the filters",
          help: "Removing a filter brings frames back.",
        }
      : undefined;
  }
  return {
    name,
    words: `no samples of ${sideWordsOf(state, name)}`,
    help: "A longer time range, or another type of profile, may hold some. Fleet tells whether its agent sends.",
  };
}

function packagesOf(answer: CompareAnswer): ReadonlyMap<string, PackageColour> {
  const size = new Map<string, number>();
  for (const { package: name, kind, base, other } of answer.functions) {
    if (kind === "dependency" && name !== null) size.set(name, (size.get(name) ?? 0) + Math.max(base, other));
  }
  const colourOf = packageColours(size);
  return new Map(answer.functions.map((one) => [filterText({ ...one, line: null }), colourOf(one)]));
}

/** `other` where anything is new on that side. */
function Legend({ other }: { readonly other: string | undefined }) {
  return (
    <span className="key hide-s" aria-hidden="true">
      <span>
        less{" "}
        <span className="ramp">
          {["less-2", "less-1", "same", "more-1", "more-2"].map((kind) => (
            <i key={kind} style={{ background: `var(--d-${kind})` }} />
          ))}
        </span>{" "}
        more
      </span>
      {other !== undefined && (
        <span>
          <i className="sw" style={{ background: "var(--d-new)" }} />
          new in {other}
        </span>
      )}
    </span>
  );
}
