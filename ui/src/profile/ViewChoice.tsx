import { ToggleGroup } from "../components/ToggleGroup.tsx";

type View = "graph" | "table" | undefined;

/** Whether the drawing, the table of functions or both are shown; undefined: both. */
export function ViewChoice(props: { readonly view: View; readonly onChange: (view: View) => void }) {
  return (
    <ToggleGroup
      label="View"
      value={props.view ?? "both"}
      choices={[
        { value: "both", words: "Both" },
        { value: "graph", words: "Graph" },
        { value: "table", words: "Table" },
      ]}
      onChange={(view) => props.onChange(view === "both" ? undefined : view)}
    />
  );
}
