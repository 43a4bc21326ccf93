import { type KeyboardEvent, useState } from "react";
import { readPattern } from "../flamegraph/functions.ts";
import {
  addChip,
  chipsOf,
  type FilterChip,
  type FilterName,
  filterNames,
  type FilterState,
  removeChip,
} from "../state/filters.ts";

/** Chips that combine, and the field that adds one. `problem` is what the server said about a pattern. */
export function FilterBar<S extends FilterState>(props: {
  readonly state: S;
  readonly problem: string | undefined;
  readonly sumOf: (chip: FilterChip) => string | undefined;
  /** What the pattern being typed matches. */
  readonly found?: string | undefined;
  readonly onChange: (state: S) => void;
  /** The pattern being typed, for a preview; undefined when the field is empty. */
  readonly onDraft: (pattern: string | undefined) => void;
  readonly onReset: (() => void) | undefined;
}) {
  const { state } = props;
  const [name, setName] = useState<FilterName>("focus");
  const [text, setText] = useState("");
  const [own, setOwn] = useState<string>();
  const problem = own ?? props.problem;

  const type = (value: string): void => {
    setText(value);
    setOwn(undefined);
    props.onDraft(value === "" ? undefined : value);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape" && text !== "") {
      event.stopPropagation();
      type("");
    }
    if (event.key !== "Enter" || text === "") return;
    event.preventDefault();
    const read = readPattern(text);
    if (read instanceof Error) {
      setOwn(read.message);
      return;
    }
    props.onChange(addChip(state, { name, pattern: text }));
    type("");
  };
  return (
    <>
      <div className="bar-f">
        {chipsOf(state).map((chip) => (
          <span className="chip" key={`${chip.name} ${chip.pattern}`}>
            <i>{chip.name}</i> <code title={chip.pattern}>{chip.pattern}</code>
            {props.sumOf(chip)}
            <button
              type="button"
              aria-label={`Remove ${chip.name} ${chip.pattern}`}
              onClick={() => props.onChange(removeChip(state, chip))}
            >
              ×
            </button>
          </span>
        ))}
        <span className="field" data-bad={problem === undefined ? undefined : ""}>
          <select
            aria-label="Kind of filter"
            value={name}
            onChange={(event) => setName(event.target.value as FilterName)}
          >
            {filterNames.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
          <input
            className="w"
            aria-label="Pattern over package, function and file"
            placeholder="package, function or file"
            value={text}
            aria-invalid={problem !== undefined}
            aria-describedby={problem === undefined ? undefined : "filter-problem"}
            onChange={(event) => type(event.target.value)}
            onKeyDown={onKey}
          />
        </span>
        {props.found !== undefined && (
          <span className="muted small" role="status">
            {props.found}
          </span>
        )}
        {props.onReset !== undefined && (
          <button
            type="button"
            className="btn quiet"
            title="Escape goes one zoom back"
            onClick={props.onReset}
          >
            Reset zoom
          </button>
        )}
      </div>
      {problem !== undefined && (
        <p className="bad small problem" id="filter-problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
