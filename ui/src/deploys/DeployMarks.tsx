import "./deploys.css";
import { useQuery } from "@tanstack/react-query";
import { deploysQuery } from "../api/queries.ts";
import type { Deploy } from "../api/types.ts";
import { clock } from "../lib/format.ts";
import { type DeployMark, deployMarks, deployWords, markWords } from "./marks.ts";

/** Deploys of the services within a range; none while they are not known. They are an addition: a failure shows nothing. */
export function useDeploys(service: string | undefined, fromMs: number, toMs: number): readonly Deploy[] {
  return useQuery(deploysQuery(service, fromMs, toMs)).data ?? [];
}

/** Lines over a plot of time; to be laid over it, `position: relative`, with `width` in px. */
export function DeployMarks(props: {
  readonly deploys: readonly Deploy[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly width: number;
}) {
  return deployMarks(props.deploys, props, props.width).map((mark) => (
    <span
      key={mark.atMs}
      className={mark.share > 0.85 ? "deploy left" : "deploy"}
      style={{ left: `${mark.share * 100}%` }}
      aria-hidden="true"
      title={titleOf(mark)}
    >
      <b>{markWords(mark)}</b>
    </span>
  ));
}

const titleOf = ({ deploys, atMs }: DeployMark): string =>
  `${clock(atMs)} UTC\n${deploys.map(deployWords).join("\n")}`;

const mostInWords = 3;

/** The same in words, below the plot; nothing where there are none. */
export function DeployList(props: {
  readonly deploys: readonly Deploy[];
  readonly fromMs: number;
  readonly toMs: number;
}) {
  const marks = deployMarks(props.deploys, props, 1, 0);
  if (marks.length === 0) return null;
  const shown = marks.slice(-mostInWords);
  return (
    <p className="deploys muted small">
      {marks.length === 1 ? "Deploy" : "Deploys"}:{" "}
      {shown.map(({ atMs, deploys }, i) => (
        <span key={`${atMs} ${deploys[0]?.service}`}>
          {i > 0 && " · "}
          {deploys.map(deployWords).join(", ")} at {clock(atMs)}
        </span>
      ))}
      {marks.length > shown.length && ` · ${marks.length - shown.length} before`}
    </p>
  );
}
