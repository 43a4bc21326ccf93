import { type ChangeEvent, type FormEvent, useId, useState } from "react";
import type { KnownValues } from "../api/known-values.ts";
import {
  addNarrow,
  type Dimension,
  dimensions,
  isReadable,
  narrowsOf,
  type Narrowing,
  narrowWords,
  removeNarrow,
} from "../state/selection.ts";
import { Chip } from "./Chip.tsx";

const problems: Partial<Readonly<Record<Dimension, string>>> = {
  instance: "An instance has 32 hex digits.",
  thread: "A thread is a number; 0 is the main thread.",
  label: "A label is written key:value.",
};
// Never a value: it would look like a filter in force.
const placeholders: Partial<Readonly<Record<Dimension, string>>> = { label: "any, as key:value" };

/** What a service's samples are narrowed to, as chips, and the field that adds one. */
export function NarrowBar<S extends Narrowing>(props: {
  readonly state: S;
  readonly known: KnownValues;
  readonly onChange: (state: S) => void;
}) {
  const { state } = props;
  const [dimension, setDimension] = useState<Dimension>("version");
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();
  const id = useId();
  const add = (event: FormEvent): void => {
    event.preventDefault();
    const value = text.trim();
    if (value === "") return;
    if (!isReadable(dimension, value)) return setProblem(problems[dimension] ?? "Not understood.");
    props.onChange(addNarrow(state, { dimension, value }));
    setText("");
  };
  const known = props.known[dimension] ?? [];
  const change = (event: ChangeEvent<HTMLInputElement>): void => {
    const { value } = event.target;
    setProblem(undefined);
    setText(value);
    if (!isPick(event.nativeEvent) || !known.some((one) => one.value === value)) return;
    // Picked from the list: nothing is left to type.
    props.onChange(addNarrow(state, { dimension, value }));
    setText("");
  };
  return (
    <>
      {narrowsOf(state).map((narrow) => (
        <Chip
          key={`${narrow.dimension} ${narrow.value}`}
          words={narrowWords(narrow)}
          title={narrow.value}
          onRemove={() => props.onChange(removeNarrow(state, narrow))}
        />
      ))}
      <form onSubmit={add}>
        <span className="field" data-bad={problem === undefined ? undefined : ""}>
          <select
            aria-label="Narrow by"
            value={dimension}
            onChange={(event) => {
              setDimension(event.target.value as Dimension);
              setText("");
              setProblem(undefined);
            }}
          >
            {dimensions.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
          <input
            className="w"
            list={`${id}-known`}
            aria-label={`Narrow to this ${dimension}`}
            aria-invalid={problem !== undefined}
            aria-describedby={problem === undefined ? undefined : `${id}-problem`}
            placeholder={placeholders[dimension] ?? `any ${dimension}`}
            value={text}
            onChange={change}
          />
          <datalist id={`${id}-known`}>
            {known.map(({ value, words }) => (
              <option key={value} value={value}>
                {words ?? value}
              </option>
            ))}
          </datalist>
        </span>
      </form>
      {problem !== undefined && (
        <p className="bad small" id={`${id}-problem`} role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

/** Whoever types `1.1.0` passes `1.1`: only a choice from the list is one. Browsers tell it apart in two ways. */
const isPick = (event: Event): boolean =>
  !(event instanceof InputEvent) || event.inputType === "insertReplacementText";
