import type { Side } from "../api/ledger-types.ts";
import { BoundsForm } from "../components/BoundsForm.tsx";
import { Drop } from "../components/Drop.tsx";
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
          <BoundsForm
            bounds={side}
            texts={[
              { name: "version", label: "Version", value: side.version },
              { name: "instance", label: "Instance", value: side.instance },
            ]}
            onApply={(next) => {
              // Nothing but these bounds: percentiles are chosen above.
              const understood = readSide(sideText(next));
              if (understood === undefined) return "At least one bound is needed.";
              props.onChange(understood);
              close();
              return undefined;
            }}
          />
        )}
      </Drop>
    </span>
  );
}
