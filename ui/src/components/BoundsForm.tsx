import { type FormEvent, Fragment, useId, useState } from "react";
import { compact } from "../state/raw.ts";

export interface Bounds {
  readonly minMs?: number | undefined;
  readonly maxMs?: number | undefined;
  /** Unix ms. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

interface TextField<Name extends string> {
  readonly name: Name;
  readonly label: string;
  readonly value: string | undefined;
  /** To choose from; others may be written. */
  readonly known?: readonly { readonly value: string; readonly words?: string }[];
}

/** Durations, instants and names that a side of a comparison is bound to. */
export function BoundsForm<Name extends string>(props: {
  readonly bounds: Bounds;
  readonly texts: readonly TextField<Name>[];
  /** Returns what is wrong with them. */
  readonly onApply: (bounds: Bounds & { readonly [N in Name]?: string | undefined }) => string | undefined;
}) {
  const { bounds, texts } = props;
  const [problem, setProblem] = useState<string>();
  const id = useId();
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
    const next = compact<Bounds>({
      minMs: number("minMs"),
      maxMs: number("maxMs"),
      from: instant("from"),
      to: instant("to"),
    });
    if ((next.from === undefined) !== (next.to === undefined)) return setProblem("A time needs both ends.");
    if (next.from !== undefined && next.to !== undefined && next.from >= next.to)
      return setProblem("The end must lie after the beginning.");
    if (next.minMs !== undefined && next.maxMs !== undefined && next.maxMs < next.minMs)
      return setProblem("The longest is under the shortest.");
    const names = Object.fromEntries(texts.map(({ name }) => [name, text(name) || undefined])) as Partial<
      Record<Name, string>
    >;
    if ("instance" in names && text("instance") !== "" && !/^[0-9a-f]{32}$/.test(text("instance")))
      return setProblem("An instance has 32 hex digits.");
    setProblem(props.onApply(compact({ ...next, ...names })));
  };
  const at = (unixMs: number | undefined): string =>
    unixMs === undefined ? "" : new Date(unixMs).toISOString().slice(0, 19);
  return (
    <form className="own" onSubmit={submit}>
      <label className="field">
        <span>Shortest, ms</span>
        <input name="minMs" type="number" min="0" step="any" defaultValue={bounds.minMs} />
      </label>
      <label className="field">
        <span>Longest, ms</span>
        <input name="maxMs" type="number" min="0" step="any" defaultValue={bounds.maxMs} />
      </label>
      <label className="field">
        <span>From, UTC</span>
        <input name="from" type="datetime-local" step="1" defaultValue={at(bounds.from)} />
      </label>
      <label className="field">
        <span>To, UTC</span>
        <input name="to" type="datetime-local" step="1" defaultValue={at(bounds.to)} />
      </label>
      {texts.map(({ name, label, value, known }) => (
        <Fragment key={name}>
          <label className="field">
            <span>{label}</span>
            <input
              name={name}
              defaultValue={value}
              list={known === undefined ? undefined : `${id}-${name}`}
            />
          </label>
          {/* Not inside the label, whose name it would become a part of. */}
          {known !== undefined && (
            <datalist id={`${id}-${name}`}>
              {known.map((one) => (
                <option key={one.value} value={one.value}>
                  {one.words ?? one.value}
                </option>
              ))}
            </datalist>
          )}
        </Fragment>
      ))}
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
