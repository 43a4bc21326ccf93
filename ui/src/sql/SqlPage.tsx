import "./sql.css";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { postBlob, postJson } from "../api/client.ts";
import { schemaQuery } from "../api/queries.ts";
import type { SqlAnswer } from "../api/types.ts";
import { Drop } from "../components/Drop.tsx";
import { Failed } from "../components/Failed.tsx";
import { bytes, count, counted } from "../lib/format.ts";
import { save } from "../lib/save.ts";
import { useTitle } from "../lib/useTitle.ts";
import { longestInAddress } from "../state/sql.ts";
import { Editor } from "./Editor.tsx";
import { recipes } from "./recipes.ts";
import { ResultTable } from "./ResultTable.tsx";
import { SchemaList } from "./SchemaList.tsx";

const route = getRouteApi("/sql");

/** Read-only SQL over the tables everything else here is drawn from. */
export function SqlPage() {
  useTitle("SQL");
  const state = route.useSearch();
  const navigate = useNavigate();
  const schema = useQuery(schemaQuery());
  const [text, setText] = useState(state.q ?? recipes[0]?.query ?? "");
  const run = useMutation({ mutationFn: (query: string) => postJson<SqlAnswer>("sql", { query }) });
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
    run.mutate(text);
  };
  return (
    <>
      <h1 className="vh">SQL</h1>
      <div className="sqlwrap">
        <div
          onKeyDownCapture={(event) => {
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
            <button type="button" className="btn primary" disabled={run.isPending} onClick={start}>
              {run.isPending ? "Running" : "Run"}
            </button>
            <span className="muted small">
              <kbd>Ctrl</kbd> <kbd>Enter</kbd>
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
          {run.isError ? (
            <Failed what="The statement failed" error={run.error} onRetry={start} />
          ) : run.data === undefined ? (
            <p className="note">Only statements that read are run: at most 10,000 rows, within 10 s.</p>
          ) : (
            <>
              <p className="facts" role="status">
                <span>
                  <b>{counted(run.data.rowCount, "row")}</b>
                  {run.data.truncated && ", cut here"}
                </span>
                <span>{count(run.data.elapsedMs)} ms</span>
                <span>
                  {counted(run.data.readRows, "row")} read, {bytes(run.data.readBytes)}
                </span>
              </p>
              <ResultTable answer={run.data} />
            </>
          )}
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
