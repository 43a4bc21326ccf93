import "./sql.css";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate, useRouterState } from "@tanstack/react-router";
import { useEffect, useEffectEvent, useMemo, useRef, useState } from "react";
import { postBlob } from "../api/client.ts";
import { schemaQuery } from "../api/queries.ts";
import type { SqlAnswer, SqlProgress } from "../api/types.ts";
import { Drop } from "../components/Drop.tsx";
import { Failed } from "../components/Failed.tsx";
import { ToggleGroup } from "../components/ToggleGroup.tsx";
import { bytes, count, counted, percent } from "../lib/format.ts";
import { save } from "../lib/save.ts";
import { useTitle } from "../lib/useTitle.ts";
import { compact } from "../state/raw.ts";
import { longestInAddress } from "../state/sql.ts";
import { chartOf } from "./chart.ts";
import { Editor } from "./Editor.tsx";
import { recipes } from "./recipes.ts";
import { ResultChart } from "./ResultChart.tsx";
import { ResultTable } from "./ResultTable.tsx";
import { renameSaved, withoutSaved, withSaved } from "./saved.ts";
import { NameForm, SavedList } from "./SavedList.tsx";
import { SchemaList } from "./SchemaList.tsx";
import { useSaved } from "./useSaved.ts";
import { useStatement } from "./useStatement.ts";

declare module "@tanstack/react-router" {
  interface HistoryState {
    /** The statement as it stands in the editor. */
    readonly sqlText?: string;
  }
}

const route = getRouteApi("/sql");

/** Read-only SQL over the tables everything else here is drawn from. */
export function SqlPage() {
  useTitle("SQL");
  const state = route.useSearch();
  const navigate = useNavigate();
  const schema = useQuery(schemaQuery());
  const { state: statement, run, cancel, clear } = useStatement();
  const [saved, changeSaved] = useSaved();
  // What is typed stays with the entry of the history, so that Back finds it again.
  const typed = useRouterState({ select: ({ location }) => location.state.sqlText });
  const kept = typed ?? state.q ?? recipes[0]?.query ?? "";
  const [text, setText] = useState(kept);
  const keep = useEffectEvent((written: string): void => {
    if (written === kept) return;
    void navigate({
      to: "/sql",
      search: state,
      state: (before) => ({ ...before, sqlText: written }),
      replace: true,
      resetScroll: false,
    });
  });
  useEffect(() => {
    const soon = setTimeout(() => keep(text), 300);
    return () => clearTimeout(soon);
  }, [text]);

  // A link to a statement runs it, and so does the way back to one.
  const ran = useRef<string>(undefined);
  useEffect(
    () => () => {
      ran.current = undefined;
    },
    [],
  );
  const opened = useEffectEvent((query: string | undefined): void => {
    if (query === ran.current) return;
    ran.current = query;
    setText(kept);
    // What stands in the editor is what a result is of.
    if (query !== undefined && kept === query) run(query);
    else clear();
  });
  useEffect(() => opened(state.q), [state.q]);

  const download = useMutation({
    mutationFn: async (format: "csv" | "parquet") =>
      save(await postBlob("sql", { query: text, format }), `hotspan.${format}`),
  });
  const start = (): void => {
    if (text.trim() === "") return;
    const q = text.length <= longestInAddress ? text : undefined;
    ran.current = q;
    void navigate({
      to: "/sql",
      search: compact({ ...state, q }),
      state: (before) => ({ ...before, sqlText: text }),
      replace: q === state.q,
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
          <div className="recipes">
            <h2>Recipes</h2>
            <ul>
              {recipes.map(({ title, query }) => (
                <li key={title}>
                  <button type="button" className="link" onClick={() => setText(query)}>
                    {title}
                  </button>
                </li>
              ))}
            </ul>
          </div>
          {saved.length > 0 && (
            <SavedList
              list={saved}
              onPick={setText}
              onRename={(from, to) => changeSaved((list) => renameSaved(list, from, to))}
              onDelete={(name) => changeSaved((list) => withoutSaved(list, name))}
            />
          )}
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
            <Drop label="Save">
              {(close) => (
                <NameForm
                  words="Save the statement"
                  onName={(name) => {
                    changeSaved((list) => withSaved(list, { name, query: text }));
                    close();
                  }}
                />
              )}
            </Drop>
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
          <p className="note">
            Only statements that read are run: at most 10,000 rows, within 10 s. A link to one runs it when it
            is opened.
          </p>
          {statement.is === "running" && <Running progress={statement.progress} />}
          {statement.is === "cancelled" && (
            <p className="note" role="status">
              Cancelled: the database has stopped the query.
            </p>
          )}
          {statement.is === "failed" && (
            <Failed what="The statement failed" error={statement.error} onRetry={start} />
          )}
          {statement.is === "done" && (
            <Result
              answer={statement.answer}
              view={state.view ?? "table"}
              onView={(view) =>
                void navigate({
                  to: "/sql",
                  search: compact({ ...state, view: view === "chart" ? view : undefined }),
                  state: true,
                  replace: true,
                  resetScroll: false,
                })
              }
            />
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

function Result(props: {
  readonly answer: SqlAnswer;
  readonly view: "table" | "chart";
  readonly onView: (view: "table" | "chart") => void;
}) {
  const { answer } = props;
  const chart = useMemo(() => chartOf(answer), [answer]);
  const shown = chart === undefined ? "table" : props.view;
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
            onChange={props.onView}
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
