import "./sql.css";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { postBlob } from "../api/client.ts";
import { schemaQuery } from "../api/queries.ts";
import type { SqlAnswer, SqlProgress } from "../api/types.ts";
import { Drop } from "../components/Drop.tsx";
import { Failed } from "../components/Failed.tsx";
import { ToggleGroup } from "../components/ToggleGroup.tsx";
import { bytes, count, counted, percent } from "../lib/format.ts";
import { save } from "../lib/save.ts";
import { useTitle } from "../lib/useTitle.ts";
import { longestInAddress } from "../state/sql.ts";
import { chartOf } from "./chart.ts";
import { Editor } from "./Editor.tsx";
import { recipes } from "./recipes.ts";
import { ResultChart } from "./ResultChart.tsx";
import { ResultTable } from "./ResultTable.tsx";
import { SchemaList } from "./SchemaList.tsx";
import { useStatement } from "./useStatement.ts";

const route = getRouteApi("/sql");

/** Read-only SQL over the tables everything else here is drawn from. */
export function SqlPage() {
  useTitle("SQL");
  const state = route.useSearch();
  const navigate = useNavigate();
  const schema = useQuery(schemaQuery());
  const [text, setText] = useState(state.q ?? recipes[0]?.query ?? "");
  const { state: statement, run, cancel } = useStatement();
  const download = useMutation({
    mutationFn: async (format: "csv" | "parquet") =>
      save(await postBlob("sql", { query: text, format }), `hotspan.${format}`),
  });
  const start = (): void => {
    if (text.trim() === "") return;
    void navigate({
      to: "/sql",
      search: text.length <= longestInAddress ? { q: text } : {},
      replace: true,
      resetScroll: false,
    });
    run(text);
  };
  return (
    <>
      <h1 className="vh">SQL</h1>
      <div className="sqlwrap">
        <div
          onKeyDownCapture={(event) => {
            if (event.key === "Escape" && statement.is === "running") return cancel();
            if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
            event.preventDefault();
            event.stopPropagation();
            start();
          }}
        >
          <div className="bar-f">
            {recipes.map(({ title, query }) => (
              <button key={title} type="button" className="btn quiet" onClick={() => setText(query)}>
                {title}
              </button>
            ))}
          </div>
          <Editor text={text} schema={schema.data} onChange={setText} />
          <div className="bar-f run">
            {statement.is === "running" ? (
              <button type="button" className="btn primary" onClick={cancel}>
                Cancel
              </button>
            ) : (
              <button type="button" className="btn primary" onClick={start}>
                Run
              </button>
            )}
            <span className="muted small">
              {statement.is === "running" ? (
                <kbd>Esc</kbd>
              ) : (
                <>
                  <kbd>Ctrl</kbd> <kbd>Enter</kbd>
                </>
              )}
            </span>
            <Drop label="Download">
              {(close) => (
                <ul>
                  {(["csv", "parquet"] as const).map((format) => (
                    <li key={format}>
                      <button
                        type="button"
                        onClick={() => {
                          download.mutate(format);
                          close();
                        }}
                      >
                        {format === "csv" ? "CSV" : "Parquet"}
                      </button>
                    </li>
                  ))}
                </ul>
              )}
            </Drop>
          </div>
          {download.isError && (
            <Failed what="The download failed" error={download.error} onRetry={() => download.reset()} />
          )}
          {statement.is === "idle" && (
            <p className="note">Only statements that read are run: at most 10,000 rows, within 10 s.</p>
          )}
          {statement.is === "running" && <Running progress={statement.progress} />}
          {statement.is === "cancelled" && (
            <p className="note" role="status">
              Cancelled: the database has stopped the query.
            </p>
          )}
          {statement.is === "failed" && (
            <Failed what="The statement failed" error={statement.error} onRetry={start} />
          )}
          {statement.is === "done" && <Result answer={statement.answer} />}
        </div>
        {schema.isError ? (
          <Failed
            what="The schema could not be read"
            error={schema.error}
            onRetry={() => void schema.refetch()}
          />
        ) : (
          schema.data !== undefined && <SchemaList schema={schema.data} onExample={setText} />
        )}
      </div>
    </>
  );
}

function Running({ progress }: { readonly progress: SqlProgress | undefined }) {
  const { elapsedMs = 0, readRows = 0, readBytes = 0, totalRows = 0 } = progress ?? {};
  return (
    <div className="running">
      {totalRows > 0 && (
        <progress aria-label="Rows read" max={totalRows} value={Math.min(readRows, totalRows)} />
      )}
      <p className="facts">
        <span>{(elapsedMs / 1000).toFixed(1)} s</span>
        <span>
          {counted(readRows, "row")} read, {bytes(readBytes)}
        </span>
        {totalRows > 0 && <span>{percent(Math.min(1, readRows / totalRows), 0)}</span>}
      </p>
    </div>
  );
}

function Result({ answer }: { readonly answer: SqlAnswer }) {
  const chart = useMemo(() => chartOf(answer), [answer]);
  const [view, setView] = useState<"table" | "chart">("table");
  const shown = chart === undefined ? "table" : view;
  return (
    <>
      <p className="facts" role="status">
        <span>
          <b>{counted(answer.rowCount, "row")}</b>
          {answer.truncated && ", cut here"}
        </span>
        <span>{count(answer.elapsedMs)} ms</span>
        <span>
          {counted(answer.readRows, "row")} read, {bytes(answer.readBytes)}
        </span>
        {chart !== undefined && (
          <ToggleGroup
            label="Show as"
            value={shown}
            choices={[
              { value: "table", words: "Table" },
              { value: "chart", words: "Chart" },
            ]}
            onChange={setView}
          />
        )}
      </p>
      {chart !== undefined && shown === "chart" ? (
        <ResultChart chart={chart} />
      ) : (
        <ResultTable answer={answer} />
      )}
    </>
  );
}
