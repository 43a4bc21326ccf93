import { CopyButton } from "../components/CopyButton.tsx";
import { counted, percent } from "../lib/format.ts";
import { placeWords, stackText, valueWords } from "./describe.ts";
import { at, type FlameTree, frameOf } from "./tree.ts";

/** The frame pointed at or selected, always in the same place. */
export function Readout(props: {
  readonly tree: FlameTree;
  readonly node: number;
  readonly whole: { readonly value: number; readonly words: string };
}) {
  const { tree, node, whole } = props;
  const frame = frameOf(tree, node);
  const { unit } = tree.profile;
  const total = at(tree.total, node);
  return (
    <div className="readout">
      <span id="flame-readout" role="status">
        <b>{frame.function}</b> <span className="muted">{placeWords(frame)}</span>{" "}
        <span>total {valueWords(unit, total)}</span> <span>self {valueWords(unit, at(tree.self, node))}</span>{" "}
        <span>{counted(at(tree.samples, node), "sample")}</span>{" "}
        {whole.value > 0 && (
          <span>
            {percent(total / whole.value)} of {whole.words}
          </span>
        )}
      </span>
      <CopyButton quiet text={() => stackText(tree, node)}>
        Copy stack
      </CopyButton>
    </div>
  );
}
