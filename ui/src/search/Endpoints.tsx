import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { lastDayOf } from "../api/look-back.ts";
import { operationsQuery } from "../api/queries.ts";
import type { ServiceInfo } from "../api/types.ts";
import { count, durationRough } from "../lib/format.ts";
import { useNow } from "../lib/now.ts";
import { timeRange } from "../state/range.ts";
import { compact } from "../state/raw.ts";
import type { SearchState } from "../state/search.ts";
import { measuredWords, rankEndpoints } from "./endpoints.ts";

const atFirst = 6;
// A list of operations is a query for each service.
const mostServices = 24;

/** The endpoints whose requests differ most, to begin with one of them. */
export function Endpoints(props: { readonly services: readonly ServiceInfo[]; readonly state: SearchState }) {
  const { state } = props;
  const [all, setAll] = useState(false);
  const range = timeRange(state, useNow());
  const services = props.services
    .filter(({ name }) => state.service === undefined || name === state.service)
    .slice(0, mostServices);
  const measured = lastDayOf(range);
  const answers = useQueries({ queries: services.map(({ name }) => operationsQuery(name, measured)) });
  // They come together: links that jump while one aims at them are worse than none.
  if (services.length === 0 || answers.some(({ isPending }) => isPending)) return null;
  const ranked = rankEndpoints(
    services.map(({ name: service }, index) => ({ service, operations: answers[index]?.data ?? [] })),
  );
  if (ranked.length < 2) return null;
  const shown = all ? ranked : ranked.slice(0, atFirst);
  const words = measuredWords(state);
  return (
    <nav className="endpoints" aria-label="Endpoints whose requests differ most">
      <p className="muted">Slowest against usual, median → p95, {words}</p>
      <ul>
        {shown.map(({ service, operation, spans, p50Nano, p95Nano }) => (
          <li key={`${service} ${operation}`}>
            <Link
              to="/"
              search={compact({ ...state, service, operation })}
              title={`${service} ${operation}: ${count(spans)} requests, ${words}`}
            >
              <span className="name">
                <span className="muted">{service}</span> {operation}
              </span>{" "}
              <b className="num">{durationRough(p50Nano)}</b> <span className="muted">→</span>{" "}
              <b className="num">{durationRough(p95Nano)}</b>
            </Link>
          </li>
        ))}
      </ul>
      {ranked.length > shown.length && (
        <button type="button" className="link" onClick={() => setAll(true)}>
          all {count(ranked.length)}
        </button>
      )}
    </nav>
  );
}
