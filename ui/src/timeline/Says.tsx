import type { Annotation, TimelineView } from "./view.ts";

// 12 px text is 6.6 px a letter on average.
const letterPx = 6.6;

/** The one or two things worth saying above the lanes, as far as they fit beside each other. */
export function Says({ view, width }: { readonly view: TimelineView; readonly width: number }) {
  const whole = view.to - view.from;
  const share = (time: number): number => ((time - view.from) / whole) * 100;
  let end = 0;
  const placed = view.says
    .toSorted((a, b) => (a.kind === b.kind ? 0 : a.kind === "held" ? -1 : 1))
    .flatMap((one): { one: Annotation; text: string; left: number }[] => {
      for (const text of [one.text, one.short]) {
        const size = text.length * letterPx;
        // Its own place, or as far left as the axis's end asks for; never into what is said already.
        const wanted = one.kind === "held" ? share(one.start) : (share(one.start) + share(one.end)) / 2;
        const left = Math.min((wanted / 100) * width, width - size);
        if (left < end || left < 0) continue;
        end = left + size + 16;
        return [{ one, text, left }];
      }
      return [];
    });
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
