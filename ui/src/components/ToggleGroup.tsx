/** A few choices of which one holds, as buttons side by side. */
export function ToggleGroup<T extends string>(props: {
  readonly label: string;
  readonly value: T;
  readonly choices: readonly { readonly value: T; readonly words: string }[];
  readonly onChange: (value: T) => void;
}) {
  return (
    <span className="group" role="group" aria-label={props.label}>
      {props.choices.map(({ value, words }) => (
        <button
          key={value}
          type="button"
          aria-pressed={value === props.value}
          onClick={() => props.onChange(value)}
        >
          {words}
        </button>
      ))}
    </span>
  );
}
