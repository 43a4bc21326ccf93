import { Link } from "@tanstack/react-router";
import { Scroll } from "../components/Scroll.tsx";
import { counted, ms, shortId } from "../lib/format.ts";
import { type TimelineView, turnSearch } from "./view.ts";

const most = 25;

/** The lanes' equal: the longest turns in order of time. */
export function TurnTable({ view }: { readonly view: TimelineView }) {
  const longest = view.turns
    .toSorted((a, b) => b.end - b.start - (a.end - a.start))
    .slice(0, most)
    .toSorted((a, b) => a.start - b.start);
  if (longest.length === 0) return null;
  return (
    <details className="twin">
      <summary>
        {view.turns.length > most
          ? `The ${most} longest of ${counted(view.turns.length, "turn")} as a table`
          : `${counted(view.turns.length, "turn")} as a table`}
      </summary>
      <Scroll label="Turns of the loop">
        <table>
          <caption className="vh">Turns of the loop, in order of time</caption>
          <thead>
            <tr>
              <th scope="col" className="num">
                From, ms
              </th>
              <th scope="col" className="num">
                Length, ms
              </th>
              <th scope="col">Ran for</th>
              <th scope="col">Function</th>
              <th scope="col">Trace</th>
            </tr>
          </thead>
          <tbody>
            {longest.map((turn) => (
              <tr key={turn.start}>
                <td className="num">{ms(turn.start)}</td>
                <td className="num">{ms(turn.end - turn.start)}</td>
                <th scope="row">{turn.who}</th>
                <td className="muted">{turn.frame ?? "–"}</td>
                <td>
                  {turn.label === undefined || turn.label.traceId === "" ? (
                    "–"
                  ) : (
                    <Link
                      to="/trace/$traceId"
                      params={{ traceId: turn.label.traceId }}
                      search={{ span: turn.label.spanId, ...turnSearch(view, turn) }}
                    >
                      <code>{shortId(turn.label.traceId)}</code>
                    </Link>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </details>
  );
}
