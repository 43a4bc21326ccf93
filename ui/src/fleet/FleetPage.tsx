import "./fleet.css";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { fleetQuery, mostAgents } from "../api/queries.ts";
import type { FleetAnswer } from "../api/types.ts";
import { Failed } from "../components/Failed.tsx";
import { Sentence } from "../components/Sentence.tsx";
import { ServiceField } from "../components/ServiceField.tsx";
import { ToggleGroup } from "../components/ToggleGroup.tsx";
import { count, counted } from "../lib/format.ts";
import { useClock } from "../lib/useClock.ts";
import { useTitle } from "../lib/useTitle.ts";
import { type FleetColumn, fleetRangeMs, type FleetState } from "../state/fleet.ts";
import { compact } from "../state/raw.ts";
import { AgentTable } from "./AgentTable.tsx";
import { agentState, countAgents, fleetSentence, ingestWords, needsAttention } from "./judge.ts";
import { sortAgents } from "./sort.ts";
import { WhatToDo } from "./WhatToDo.tsx";

const route = getRouteApi("/fleet");

/** Who samples, how well, and whether it arrives. */
export function FleetPage() {
  useTitle("Fleet");
  const state = route.useSearch();
  const navigate = useNavigate();
  const set = (change: Partial<FleetState>): void =>
    void navigate({
      to: "/fleet",
      search: compact({ ...state, ...change }),
      replace: true,
      resetScroll: false,
    });
  const fleet = useQuery(fleetQuery(fleetRangeMs(state), state.service));
  return (
    <>
      <Filters state={state} onChange={set} />
      {fleet.isError && fleet.data === undefined ? (
        <Failed what="The fleet could not be read" error={fleet.error} onRetry={() => void fleet.refetch()} />
      ) : fleet.data === undefined ? (
        <p className="note" role="status">
          Reading
        </p>
      ) : (
        <Answer answer={fleet.data} state={state} onChange={set} />
      )}
    </>
  );
}

function Answer(props: {
  readonly answer: FleetAnswer;
  readonly state: FleetState;
  readonly onChange: (change: Partial<FleetState>) => void;
}) {
  const { answer, state, onChange } = props;
  const nowMs = useClock(5_000);
  const { agents, ingest } = answer;
  const figures = countAgents(agents, nowMs);
  const { words, bad } = ingestWords(ingest);
  const sort = state.sort ?? "state";
  const shown = state.attention ? agents.filter((agent) => needsAttention(agentState(agent, nowMs))) : agents;
  const onSort = (column: FleetColumn): void =>
    onChange({
      sort: column === "state" ? undefined : column,
      other: column === sort && !state.other ? true : undefined,
    });
  return (
    <>
      {agents.length === 0 ? (
        <h1 className="sentence">No agent sent anything in this time.</h1>
      ) : (
        <Sentence parts={[fleetSentence(figures)]} />
      )}
      <p className="facts">
        <span className={bad ? "bad" : undefined}>{words}</span>
        <span>
          <b>{counted(ingest.deadLetters, "dead letter")}</b>
        </span>
        {agents.length > 0 && (
          <span>
            <b>{counted(figures.processes, "process", "processes")}</b>
          </span>
        )}
        {answer.more && <span>only the first {count(mostAgents)} threads are shown</span>}
      </p>
      {agents.length === 0 ? (
        <Empty service={state.service} />
      ) : shown.length === 0 ? (
        <p className="note">None needs attention.</p>
      ) : (
        <section aria-label="Agents">
          <AgentTable
            agents={sortAgents(shown, sort, state.other === true, nowMs)}
            sort={sort}
            other={state.other === true}
            onSort={onSort}
            nowMs={nowMs}
          />
        </section>
      )}
      <WhatToDo counted={figures} ingest={ingest} />
    </>
  );
}

function Empty({ service }: { readonly service: string | undefined }) {
  return (
    <div className="say">
      <div>
        <h2>
          {service === undefined ? "No window of any agent arrived" : `No window of ${service} arrived`}
        </h2>
        <p className="muted">
          Look further back, or attach the agent to a program: <code>npx hotspan run -- node app.js</code>.
        </p>
      </div>
      <span className="end">
        <Link to="/start" className="btn">
          First steps
        </Link>
      </span>
    </div>
  );
}

const rangeWords = [
  { value: "15m", words: "15 min" },
  { value: "1h", words: "1 h" },
  { value: "6h", words: "6 h" },
  { value: "24h", words: "24 h" },
] as const;

function Filters(props: {
  readonly state: FleetState;
  readonly onChange: (change: Partial<FleetState>) => void;
}) {
  const { state, onChange } = props;
  return (
    <form
      className="filters"
      role="search"
      aria-label="Filter agents"
      onSubmit={(event) => event.preventDefault()}
    >
      <ServiceField service={state.service} onChange={(service) => onChange({ service })} />
      <ToggleGroup
        label="How far back"
        value={state.range ?? "1h"}
        choices={rangeWords}
        onChange={(range) => onChange({ range: range === "1h" ? undefined : range })}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={state.attention === true}
          onChange={(event) => onChange({ attention: event.target.checked || undefined })}
        />
        Needs attention
      </label>
    </form>
  );
}
