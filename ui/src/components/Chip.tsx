/** Something chosen, and a way to drop it. */
export function Chip(props: {
  readonly words: string;
  readonly title?: string;
  readonly onRemove: () => void;
}) {
  return (
    <span className="chip" title={props.title}>
      {props.words}
      <button type="button" aria-label={`Drop ${props.words}`} onClick={props.onRemove}>
        ×
      </button>
    </span>
  );
}
