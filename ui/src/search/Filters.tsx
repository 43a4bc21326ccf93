import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useId, useState } from "react";
import { lookBackOf } from "../api/look-back.ts";
import { operationsQuery } from "../api/queries.ts";
import { ServiceField } from "../components/ServiceField.tsx";
import { useNow } from "../lib/now.ts";
import { withChosen } from "../lib/with-chosen.ts";
import { timeRange } from "../state/range.ts";
import { compact } from "../state/raw.ts";
import { attributeProblem, parseAttribute, type SearchState } from "../state/search.ts";

export function Filters(props: {
  readonly state: SearchState;
  readonly onChange: (state: SearchState) => void;
}) {
  const { state, onChange } = props;
  const set = (change: Partial<SearchState>): void => onChange(compact({ ...state, ...change }));
  const now = useNow();
  const range = timeRange(state, now);
  const operations = useQuery(operationsQuery(state.service, lookBackOf(range, now)));
  const operationNames = withChosen(
    (operations.data ?? []).map((one) => one.name),
    state.operation,
  );
  return (
    <form
      className="filters"
      role="search"
      aria-label="Filter traces"
      onSubmit={(event) => event.preventDefault()}
    >
      <ServiceField
        service={state.service}
        range={range}
        onChange={(service) => set({ service, operation: undefined })}
      />
      <label className="field">
        <span>Operation</span>
        <select
          value={state.operation ?? ""}
          disabled={state.service === undefined}
          title={state.service === undefined ? "Choose a service first" : undefined}
          onChange={(event) => set({ operation: event.target.value || undefined })}
        >
          <option value="">all</option>
          {operationNames.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      <span className="field" role="group" aria-label="Duration">
        <span aria-hidden="true">Duration</span>
        <NumberField
          key={`min ${state.minMs}`}
          label="Shortest, in ms"
          value={state.minMs}
          placeholder="0"
          onCommit={(minMs) => set({ minMs })}
        />
        <span className="sep" aria-hidden="true">
          –
        </span>
        <NumberField
          key={`max ${state.maxMs}`}
          label="Longest, in ms"
          value={state.maxMs}
          placeholder="∞"
          onCommit={(maxMs) => set({ maxMs })}
        />
        <span className="unit" aria-hidden="true">
          ms
        </span>
      </span>
      <AttributeField
        onAdd={(attribute) => set({ attr: [...new Set([...(state.attr ?? []), attribute])] })}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={state.profiled === true}
          onChange={(event) => set({ profiled: event.target.checked || undefined })}
        />
        With profile
      </label>
      <label className="check">
        <input
          type="checkbox"
          checked={state.errors === true}
          onChange={(event) => set({ errors: event.target.checked || undefined })}
        />
        Errors only
      </label>
      {state.attr?.map((attribute) => (
        <span className="chip" key={attribute}>
          <code>{attribute.replace(":", " = ")}</code>
          <button
            type="button"
            aria-label={`Drop attribute ${attribute}`}
            onClick={() => {
              const attr = state.attr?.filter((one) => one !== attribute) ?? [];
              set({ attr: attr.length > 0 ? attr : undefined });
            }}
          >
            ×
          </button>
        </span>
      ))}
    </form>
  );
}

/** Keyed by its value: another value from outside starts it anew. */
function NumberField(props: {
  readonly label: string;
  readonly value: number | undefined;
  readonly placeholder: string;
  readonly onCommit: (value: number | undefined) => void;
}) {
  const written = props.value === undefined ? "" : String(props.value);
  const [text, setText] = useState(written);
  const commit = (): void => {
    const value = text.trim() === "" ? undefined : Number(text);
    if (value !== undefined && !(value >= 0)) setText(written);
    else if (value !== props.value) props.onCommit(value);
  };
  return (
    <input
      className="n"
      inputMode="decimal"
      aria-label={props.label}
      placeholder={props.placeholder}
      value={text}
      onChange={(event) => setText(event.target.value)}
      onBlur={commit}
      onKeyDown={(event) => event.key === "Enter" && commit()}
    />
  );
}

function AttributeField(props: { readonly onAdd: (attribute: string) => void }) {
  const [text, setText] = useState("");
  const [problem, setProblem] = useState<string>();
  const id = useId();
  const add = (event: FormEvent | React.KeyboardEvent): void => {
    event.preventDefault();
    if (text.trim() === "") return;
    const attribute = parseAttribute(text);
    setProblem(attribute === undefined ? attributeProblem(text) : undefined);
    if (attribute === undefined) return;
    props.onAdd(attribute);
    setText("");
  };
  return (
    <span className="with-problem">
      <label className="field" data-bad={problem === undefined ? undefined : ""}>
        <span>Attribute</span>
        <input
          className="w"
          placeholder="any, as key=value"
          value={text}
          aria-invalid={problem !== undefined}
          aria-describedby={problem === undefined ? undefined : id}
          title="key=value, then Enter"
          onChange={(event) => {
            setText(event.target.value);
            setProblem(undefined);
          }}
          onKeyDown={(event) => event.key === "Enter" && add(event)}
        />
      </label>
      {problem !== undefined && (
        <span className="bad small" id={id} role="alert">
          {problem}
        </span>
      )}
    </span>
  );
}
