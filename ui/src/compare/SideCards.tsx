import { Link } from "@tanstack/react-router";
import type { KnownValues } from "../api/known-values.ts";
import type { CompareAnswer } from "../api/types.ts";
import { BoundsForm } from "../components/BoundsForm.tsx";
import { Drop } from "../components/Drop.tsx";
import { count, percent, rangeWords } from "../lib/format.ts";
import { type CompareState, profilesOfSide, type SideName, sideOf } from "../state/compare.ts";
import {
  type CompareSide,
  compareSideText,
  compareSideWords,
  readCompareSide,
} from "../state/compare-side.ts";
import { compact } from "../state/raw.ts";
import type { DiffTree } from "./diff.ts";
import type { DiffUnit } from "./units.ts";

/** Both sides with their amounts; each leads to its own profile and can be changed. */
export function SideCards(props: {
  readonly state: CompareState;
  readonly now: number;
  readonly answer: CompareAnswer | undefined;
  readonly diff: DiffTree | undefined;
  readonly unit: DiffUnit | undefined;
  readonly known: KnownValues;
  readonly onChange: (state: CompareState) => void;
}) {
  const { state, answer, diff, unit } = props;
  return (
    <div className="sides">
      {(["base", "other"] as const).map((name) => {
        const side = answer?.[name];
        const total = (name === "base" ? diff?.base : diff?.other)?.total[0];
        const whole = sideOf(state, name, props.now);
        return (
          <div key={name} className={name === "other" ? "side-card b" : "side-card"}>
            <h2>
              <Link to="/profiles" search={profilesOfSide(state, name)}>
                {sideHeading(state, name)}
              </Link>{" "}
              <EditSide
                name={name}
                state={state}
                known={props.known}
                onChange={(text) => props.onChange(compact({ ...state, [name]: text }))}
              />
            </h2>
            <p className="facts">
              {unit !== undefined && total !== undefined && unit.per !== "" && (
                <span>
                  <b>{unit.words(total)}</b> {unit.per}
                </span>
              )}
              {side !== undefined && (
                <>
                  <span>
                    <b>{count(side.spans)}</b> {side.spans === 1 ? "span" : "spans"}
                  </span>
                  <span>
                    <b>{count(side.samples)}</b> {side.samples === 1 ? "sample" : "samples"}
                  </span>
                  {side.ofTime !== undefined && (
                    <span title="There are more samples than can be read one by one: these are of some ten minutes, spread over the range.">
                      from {percent(side.ofTime)} of the time
                    </span>
                  )}
                </>
              )}
              {whole.from !== undefined && whole.to !== undefined && (
                <span>{rangeWords(whole.from, whole.to)}</span>
              )}
            </p>
          </div>
        );
      })}
    </div>
  );
}

/** `Version 1.0.0`; a side without bounds of its own is all there is. */
export function sideHeading(state: CompareState, name: SideName): string {
  const words = sideWordsOf(state, name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function sideWordsOf(state: CompareState, name: SideName): string {
  return compareSideWords(readCompareSide(state[name]) ?? {}) || "everything";
}

function EditSide(props: {
  readonly name: SideName;
  readonly state: CompareState;
  readonly known: KnownValues;
  readonly onChange: (text: string | undefined) => void;
}) {
  const { name, state, known } = props;
  const side = readCompareSide(state[name]) ?? {};
  const only = (values: readonly string[] | undefined): string | undefined => values?.[0];
  return (
    <Drop
      quiet
      label={
        <span>
          Edit<span className="vh"> the {name === "base" ? "first" : "second"} side</span>
        </span>
      }
    >
      {(close) => (
        <BoundsForm
          bounds={side}
          texts={[
            { name: "version", label: "Version", value: only(side.version), known: known.version },
            { name: "instance", label: "Instance", value: only(side.instance), known: known.instance },
            { name: "zone", label: "Zone", value: only(side.zone), known: known.zone },
            {
              name: "environment",
              label: "Environment",
              value: only(side.environment),
              known: known.environment,
            },
            { name: "endpoint", label: "Endpoint", value: side.endpoint },
          ]}
          onApply={({ version, instance, zone, environment, ...rest }) => {
            const list = (value: string | undefined): readonly string[] | undefined =>
              value === undefined ? undefined : [value];
            const next: CompareSide = compact<CompareSide>({
              ...side,
              minMs: undefined,
              maxMs: undefined,
              from: undefined,
              to: undefined,
              endpoint: undefined,
              ...rest,
              version: list(version),
              instance: list(instance),
              zone: list(zone),
              environment: list(environment),
            });
            const text = compareSideText(next);
            const rival = state[name === "base" ? "other" : "base"];
            if (text === rival) return "Both sides would be the same.";
            props.onChange(text);
            close();
            return undefined;
          }}
        />
      )}
    </Drop>
  );
}
