import { ToggleGroup } from "../components/ToggleGroup.tsx";
import type { ProfileViewState } from "../state/profile-view.ts";

type Change = Pick<ProfileViewState, "order" | "zoom" | "at">;

/** How a drawing stands, and from which end it is read. Callers and callees have their own places: nothing to choose. */
export function OrderChoice(props: {
  readonly state: Pick<ProfileViewState, "order" | "sandwich">;
  readonly onChange: (change: Change) => void;
}) {
  const { order, sandwich } = props.state;
  if (sandwich !== undefined) return null;
  return (
    <ToggleGroup
      label="Order of frames"
      value={order ?? "icicle"}
      choices={[
        { value: "icicle", words: "Icicle" },
        { value: "flame", words: "Flame" },
        { value: "inverted", words: "Inverted" },
      ]}
      // Paths of the other order lead elsewhere.
      onChange={(next) =>
        props.onChange({ order: next === "icicle" ? undefined : next, zoom: undefined, at: undefined })
      }
    />
  );
}
