import type { SchemaAnswer } from "../api/types.ts";

// How Hotspan keeps its own books: nothing to ask about programs.
const internal: ReadonlySet<string> = new Set(["deletion_jobs", "profile_claims", "schema_migrations"]);

/** Views with an example to start from, and the tables with their columns and units. */
export function SchemaList(props: {
  readonly schema: SchemaAnswer;
  readonly onExample: (query: string) => void;
}) {
  const { tables, views } = props.schema;
  const own = tables.filter(({ name }) => internal.has(name));
  return (
    <div className="schema">
      {views.length > 0 && <h2>Views</h2>}
      {views.map((view) => (
        <details key={view.name}>
          <summary>
            <code>{view.name}</code>
          </summary>
          <p className="small">
            <code>{view.params.map((param) => `${param.name} ${param.type}`).join(", ")}</code>
          </p>
          <p className="small faint">{view.comment}</p>
          <button type="button" className="link small" onClick={() => props.onExample(view.example)}>
            Use the example
          </button>
        </details>
      ))}
      <h2>Tables</h2>
      <Tables tables={tables.filter(({ name }) => !internal.has(name))} />
      {own.length > 0 && (
        <details>
          <summary className="muted">Hotspan’s own books</summary>
          <div className="within">
            <Tables tables={own} />
          </div>
        </details>
      )}
    </div>
  );
}

function Tables(props: { readonly tables: SchemaAnswer["tables"] }) {
  return props.tables.map((table) => (
    <details key={table.name}>
      <summary>
        <code>{table.name}</code>
      </summary>
      {table.comment !== "" && <p className="muted small">{table.comment}</p>}
      <dl className="kv">
        {table.columns.map((column) => (
          <div className="pair" key={column.name}>
            <dt>
              <code>{column.name}</code>
            </dt>
            <dd title={column.comment}>
              {column.type} <span className="faint">{column.comment}</span>
            </dd>
          </div>
        ))}
      </dl>
    </details>
  ));
}
