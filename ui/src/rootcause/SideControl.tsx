import { type FormEvent, useState } from "react";
import type { Side } from "../api/ledger-types.ts";
import { Drop } from "../components/Drop.tsx";
import { compact } from "../state/raw.ts";
import { readSide, sideText, sideWords } from "../state/side.ts";

/** One side of the comparison: percentiles and versions to choose from, own bounds beside them. */
export function SideControl(props: {
  readonly label: string;
  readonly side: Side;
  readonly usual: readonly Side[];
  readonly versions: readonly string[];
  readonly onChange: (side: Side) => void;
}) {
  const { label, side } = props;
  const chosen = sideText(side) ?? "";
  const choices = new Map<string, string>();
  for (const one of [...props.usual, ...props.versions.map((version): Side => ({ version }))]) {
    choices.set(sideText(one) ?? "", sideWords(one));
  }
  const own = !choices.has(chosen);
  return (
    <span className="joined">
      <label className="field">
        <span>{label}</span>
        <select
          value={chosen}
          onChange={(event) => {
            const next = readSide(event.target.value);
            if (next !== undefined) props.onChange(next);
          }}
        >
          {own && <option value={chosen}>selection: {sideWords(side)}</option>}
          {[...choices].map(([value, words]) => (
            <option key={value} value={value}>
              {words}
            </option>
          ))}
        </select>
      </label>
      <Drop
        quiet
        label={
          <span>
            Edit<span className="vh"> the bounds of {label}</span>
          </span>
        }
      >
        {(close) => (
          <OwnBounds
            side={side}
            onApply={(next) => {
              props.onChange(next);
              close();
            }}
          />
        )}
      </Drop>
    </span>
  );
}

function OwnBounds(props: { readonly side: Side; readonly onApply: (side: Side) => void }) {
  const { side } = props;
  const [problem, setProblem] = useState<string>();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string): string => {
      const value = form.get(name);
      return typeof value === "string" ? value.trim() : "";
    };
    const number = (name: string): number | undefined => (text(name) === "" ? undefined : Number(text(name)));
    const instant = (name: string): number | undefined => {
      const at = Date.parse(`${text(name)}Z`);
      return text(name) === "" || Number.isNaN(at) ? undefined : at;
    };
    const next = compact<Side>({
      minMs: number("minMs"),
      maxMs: number("maxMs"),
      version: text("version") || undefined,
      instance: text("instance") || undefined,
      from: instant("from"),
      to: instant("to"),
    });
    if ((next.from === undefined) !== (next.to === undefined)) return setProblem("A time needs both ends.");
    if (next.minMs !== undefined && next.maxMs !== undefined && next.maxMs < next.minMs)
      return setProblem("The longest is under the shortest.");
    if (next.instance !== undefined && !/^[0-9a-f]{32}$/.test(next.instance))
      return setProblem("An instance has 32 hex digits.");
    const understood = readSide(sideText(next));
    if (understood === undefined) return setProblem("At least one bound is needed.");
    props.onApply(understood);
  };
  const at = (unixMs: number | undefined): string =>
    unixMs === undefined ? "" : new Date(unixMs).toISOString().slice(0, 19);
  return (
    <form className="own" onSubmit={submit}>
      <label className="field">
        <span>Shortest, ms</span>
        <input name="minMs" type="number" min="0" step="any" defaultValue={side.minMs} />
      </label>
      <label className="field">
        <span>Longest, ms</span>
        <input name="maxMs" type="number" min="0" step="any" defaultValue={side.maxMs} />
      </label>
      <label className="field">
        <span>From, UTC</span>
        <input name="from" type="datetime-local" step="1" defaultValue={at(side.from)} />
      </label>
      <label className="field">
        <span>To, UTC</span>
        <input name="to" type="datetime-local" step="1" defaultValue={at(side.to)} />
      </label>
      <label className="field">
        <span>Version</span>
        <input name="version" defaultValue={side.version} />
      </label>
      <label className="field">
        <span>Instance</span>
        <input name="instance" defaultValue={side.instance} />
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
