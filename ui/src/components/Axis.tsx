import type { PlacedMark } from "../lib/scale.ts";

const classOf = { start: "first", middle: undefined, end: "last" } as const;

/** The texts of an axis, already thinned out by `spacedMarks`. */
export function AxisMarks(props: { readonly marks: readonly PlacedMark[] }) {
  return props.marks.map((mark) => (
    <span
      key={`${mark.share} ${mark.text}`}
      className={classOf[mark.align]}
      style={{ left: `${mark.share * 100}%` }}
    >
      {mark.text}
    </span>
  ));
}
