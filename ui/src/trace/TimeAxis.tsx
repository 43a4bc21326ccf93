import { memo, type PointerEvent, useRef, useState } from "react";
import { AxisMarks } from "../components/Axis.tsx";
import { linearTicks, spacedMarks } from "../lib/scale.ts";
import { useWidth } from "../lib/useWidth.ts";
import type { TimeWindow } from "./waterfall.ts";

/** Milliseconds along the top. Dragging over it zooms to the part dragged over. */
export const TimeAxis = memo(function TimeAxis(props: {
  readonly window: TimeWindow;
  readonly onZoom: (window: TimeWindow) => void;
}) {
  const { window } = props;
  const box = useRef<HTMLSpanElement>(null);
  const width = useWidth(box);
  const [drag, setDrag] = useState<{ from: number; to: number }>();
  const fromMs = window.from / 1e6;
  const toMs = window.to / 1e6;
  const span = toMs - fromMs;
  const ticks = linearTicks(fromMs, toMs, Math.max(2, Math.floor(width / 90)));
  const digits = span < 0.1 ? 3 : span < 1 ? 2 : 1;
  const words = (at: number): string => at.toLocaleString("en-US", { maximumFractionDigits: digits });
  const shareAt = (event: PointerEvent): number => {
    const rect = event.currentTarget.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - rect.left) / rect.width));
  };
  return (
    <span
      className="axis"
      ref={box}
      title="Drag to zoom"
      aria-hidden="true"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setDrag({ from: shareAt(event), to: shareAt(event) });
      }}
      onPointerMove={(event) => drag !== undefined && setDrag({ ...drag, to: shareAt(event) })}
      onPointerUp={() => {
        setDrag(undefined);
        if (drag === undefined || Math.abs(drag.to - drag.from) < 0.01) return;
        const size = window.to - window.from;
        props.onZoom({
          from: window.from + Math.min(drag.from, drag.to) * size,
          to: window.from + Math.max(drag.from, drag.to) * size,
        });
      }}
      onPointerCancel={() => setDrag(undefined)}
    >
      <AxisMarks
        marks={spacedMarks(
          [...ticks, toMs].map((at) => ({ share: (at - fromMs) / span, text: words(at) })),
          width,
          { keepLast: true },
        )}
      />
      {drag !== undefined && (
        <i
          className="brush"
          style={{
            left: `${Math.min(drag.from, drag.to) * 100}%`,
            width: `${Math.abs(drag.to - drag.from) * 100}%`,
          }}
        />
      )}
    </span>
  );
});
