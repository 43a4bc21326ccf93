import { Link } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";
import type { Agent } from "../api/types.ts";
import { Scroll } from "../components/Scroll.tsx";
import { ago, count, ms, percent, shortId } from "../lib/format.ts";
import { toUnixMs } from "../lib/time.ts";
import type { FleetColumn } from "../state/fleet.ts";
import { agentState, coverageWords, losesData, modeWords, stateWords } from "./judge.ts";
import { direction } from "./sort.ts";

const shownAtFirst = 200;

interface Column {
  readonly name: FleetColumn;
  readonly head: string;
  readonly title?: string;
  readonly className?: string;
}

const columns: readonly Column[] = [
  { name: "state", head: "State" },
  { name: "service", head: "Service" },
  { name: "host", head: "Host", className: "hide-s" },
  { name: "agent", head: "Agent, Node.js", className: "hide-s" },
  { name: "mode", head: "Mode", className: "hide-s" },
  {
    name: "coverage",
    head: "Coverage",
    title: "Ticks taken, or not due because the loop slept, of those expected",
    className: "num",
  },
  {
    name: "windows",
    head: "Lost windows",
    title: "Gaps in the sequence of windows",
    className: "num",
  },
  {
    name: "ticks",
    head: "Lost ticks",
    title: "Ticks that should have fired and did not",
    className: "num hide-s",
  },
  { name: "labels", head: "Lost labels", title: "Ticks whose span was lost", className: "num hide-s" },
  {
    name: "stall",
    head: "Longest stall, ms",
    title: "How long the agent held the thread to collect a profile",
    className: "num hide-s",
  },
  {
    name: "cpu",
    head: "On CPU",
    title: "CPU time of the thread, application included",
    className: "num hide-s",
  },
  { name: "seen", head: "Last window", className: "num hide-s" },
];

/** One row a thread. */
export function AgentTable(props: {
  readonly agents: readonly Agent[];
  readonly sort: FleetColumn;
  readonly other: boolean;
  readonly onSort: (column: FleetColumn) => void;
  readonly nowMs: number;
}) {
  const [all, setAll] = useState(false);
  const rows = all ? props.agents : props.agents.slice(0, shownAtFirst);
  return (
    <>
      <Scroll label="Agents">
        <table className="agents" aria-rowcount={props.agents.length + 1}>
          <caption className="vh">Agents, one row a thread</caption>
          <thead>
            <tr>
              {columns.map((column) => (
                <Head key={column.name} column={column} {...props} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((agent) => (
              <Row key={`${agent.instance}/${agent.thread}`} agent={agent} nowMs={props.nowMs} />
            ))}
          </tbody>
        </table>
      </Scroll>
      {rows.length < props.agents.length && (
        <p className="note">
          <button type="button" className="btn" onClick={() => setAll(true)}>
            Show all {count(props.agents.length)}
          </button>
        </p>
      )}
    </>
  );
}

function Head(props: {
  readonly column: Column;
  readonly sort: FleetColumn;
  readonly other: boolean;
  readonly onSort: (column: FleetColumn) => void;
}): ReactNode {
  const { name, head, title, className } = props.column;
  const chosen = props.sort === name;
  const order = direction(name, props.other);
  return (
    <th scope="col" className={className} title={title} {...(chosen ? { "aria-sort": order } : {})}>
      <button type="button" onClick={() => props.onSort(name)}>
        {head}
        {chosen && <span aria-hidden="true">{order === "ascending" ? " ↑" : " ↓"}</span>}
      </button>
    </th>
  );
}

function Row({ agent, nowMs }: { readonly agent: Agent; readonly nowMs: number }) {
  const state = agentState(agent, nowMs);
  const seen = ago(toUnixMs(agent.lastSeenUnixNano), nowMs);
  const figure = (value: number): ReactNode =>
    value === 0 ? <span className="faint">0</span> : count(value);
  return (
    <tr>
      <th scope="row" className="nw">
        <span className={losesData(state) ? "state bad" : "state"}>
          <i aria-hidden="true" className={`mark ${state}`} />
          {stateWords[state]}
        </span>
        <span className="sub only-s">{seen}</span>
      </th>
      <td>
        <Link to="/" search={{ service: agent.service }}>
          {agent.service || "without a name"}
        </Link>
        <span className="sub">{agent.version}</span>
      </td>
      <td className="hide-s">
        {agent.host || "–"}
        <span className="sub">
          {agent.zone !== "" && `${agent.zone}, `}
          <code title={agent.instance}>{shortId(agent.instance)}</code>
          {agent.thread > 0 && `, worker ${agent.thread}`}
        </span>
      </td>
      <td className="hide-s">
        {agent.agentVersion || "–"}
        <span className="sub">{agent.node}</span>
      </td>
      <td className="hide-s">
        {modeWords(agent)}
        <span className="sub">{agent.periodNano > 0 && `${count(1e9 / agent.periodNano)} Hz`}</span>
      </td>
      <td className="num">{coverageWords(agent.coverage)}</td>
      <td className="num">{figure(agent.droppedWindows)}</td>
      <td className="num hide-s">{figure(agent.lostTicks)}</td>
      <td className="num hide-s">{figure(agent.droppedSamples)}</td>
      <td className="num hide-s">{ms(agent.stallMaxNano)}</td>
      <td className="num hide-s">{percent(agent.cpuShare, 0)}</td>
      <td className="num hide-s">{seen}</td>
    </tr>
  );
}
