import type { Annotation, TimelineView } from "./view.ts";

// 12 px text is 6.6 px a letter on average.
const letterPx = 6.6;

interface Placed {
  readonly one: Annotation;
  readonly text: string;
  readonly left: number;
}

/** What fits beside each other: what held the span first, in full or short, at its own place or left of it. */
function place(view: TimelineView, width: number): readonly Placed[] {
  const perNano = width / (view.to - view.from);
  const placed: Placed[] = [];
  let end = 0;
  for (const one of view.says.toSorted((a, b) => Number(a.kind === "turn") - Number(b.kind === "turn"))) {
    const at = one.kind === "held" ? one.start : (one.start + one.end) / 2;
    for (const text of [one.text, one.short]) {
      const size = text.length * letterPx;
      const left = Math.min((at - view.from) * perNano, width - size);
      if (left < end || left < 0) continue;
      end = left + size + 16;
      placed.push({ one, text, left });
      break;
    }
  }
  return placed;
}

/** The one or two things worth saying above the lanes. */
export function Says({ view, width }: { readonly view: TimelineView; readonly width: number }) {
  const share = (time: number): number => ((time - view.from) / (view.to - view.from)) * 100;
  const placed = place(view, width);
  return (
    <div className="says" aria-hidden="true">
      {placed.map(({ one, text, left }) => (
        <span key={one.kind} className={one.kind} style={{ left: `${left}px` }}>
          {text}
        </span>
      ))}
      {placed
        .filter(({ one }) => one.kind === "held")
        .map(({ one }) => (
          <i
            key={one.start}
            style={{ left: `${share(one.start)}%`, width: `${share(one.end) - share(one.start)}%` }}
          />
        ))}
    </div>
  );
}
