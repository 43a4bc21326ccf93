import { CopyButton } from "../components/CopyButton.tsx";
import { counted, percent } from "../lib/format.ts";
import { functionWords } from "../text/function-words.ts";
import { placeWords, type Reading, selfOf, stackText, valueWords } from "./describe.ts";
import type { MenuPoint } from "./menu-point.ts";
import { at, type FlameTree, frameOf } from "./tree.ts";

/** The frame pointed at or selected, always in the same place. */
export function Readout(props: {
  readonly tree: FlameTree;
  readonly node: number;
  readonly whole: { readonly value: number; readonly words: string };
  readonly reading?: Reading;
  /** Opens what can be done with the frame, for those who neither right-click nor hold a finger still. */
  readonly onActions?: (node: number, point: MenuPoint) => void;
}) {
  const { tree, node, whole, onActions } = props;
  const frame = frameOf(tree, node);
  const { unit } = tree.profile;
  const total = at(tree.total, node);
  const self = selfOf(tree, node, props.reading);
  return (
    <div className="readout">
      <span id="flame-readout" role="status">
        <b>{functionWords(frame).full}</b> <span className="muted">{placeWords(frame)}</span>{" "}
        <span>total {valueWords(unit, total)}</span>{" "}
        {self !== undefined && <span>self {valueWords(unit, self)}</span>}{" "}
        <span>{counted(at(tree.samples, node), "sample")}</span>{" "}
        {whole.value > 0 && (
          <span>
            {percent(total / whole.value)} of {whole.words}
          </span>
        )}
      </span>
      <CopyButton quiet text={() => stackText(tree, node, props.reading)}>
        Copy stack
      </CopyButton>
      {onActions !== undefined && (
        <button
          type="button"
          className="btn quiet"
          aria-haspopup="menu"
          onClick={(event) => {
            const box = event.currentTarget.getBoundingClientRect();
            onActions(node, { x: box.left, y: box.bottom + 4 });
          }}
        >
          Actions
        </button>
      )}
    </div>
  );
}
