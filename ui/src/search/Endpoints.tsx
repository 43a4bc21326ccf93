import { useQueries } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { operationsQuery } from "../api/queries.ts";
import type { ServiceInfo } from "../api/types.ts";
import { count, durationShort } from "../lib/format.ts";
import { compact } from "../state/raw.ts";
import type { SearchState } from "../state/search.ts";
import { rankEndpoints } from "./endpoints.ts";

const atFirst = 6;
// A list of operations is a query for each service.
const mostServices = 24;

/** The endpoints whose requests differ most, to begin with one of them. */
export function Endpoints(props: { readonly services: readonly ServiceInfo[]; readonly state: SearchState }) {
  const { state } = props;
  const [all, setAll] = useState(false);
  const services = props.services
    .filter(({ name }) => state.service === undefined || name === state.service)
    .slice(0, mostServices);
  const answers = useQueries({ queries: services.map(({ name }) => operationsQuery(name)) });
  // They come together: chips that jump while one aims at them are worse than none.
  if (services.length === 0 || answers.some(({ isPending }) => isPending)) return null;
  const ranked = rankEndpoints(
    services.map(({ name: service }, index) => ({ service, operations: answers[index]?.data ?? [] })),
  );
  if (ranked.length < 2) return null;
  const shown = all ? ranked : ranked.slice(0, atFirst);
  return (
    <nav className="endpoints" aria-label="Endpoints whose requests differ most">
      <span className="muted" title="Median and p95 of the last day">
        Differ most
      </span>
      <ul>
        {shown.map(({ service, operation, spans, p50Nano, p95Nano }) => (
          <li key={`${service} ${operation}`}>
            <Link
              to="/"
              search={compact({ ...state, service, operation })}
              title={`${count(spans)} requests in the last day, median ${durationShort(p50Nano)}, p95 ${durationShort(p95Nano)}`}
            >
              <span className="muted">{service}</span> {operation}{" "}
              <b>
                {durationShort(p50Nano)} → {durationShort(p95Nano)}
              </b>
            </Link>
          </li>
        ))}
        {ranked.length > shown.length && (
          <li>
            <button type="button" className="link" onClick={() => setAll(true)}>
              all {count(ranked.length)}
            </button>
          </li>
        )}
      </ul>
    </nav>
  );
}
