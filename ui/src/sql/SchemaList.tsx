import type { SchemaAnswer } from "../api/types.ts";

/** Tables with their columns and units, and views with an example to start from. */
export function SchemaList(props: {
  readonly schema: SchemaAnswer;
  readonly onExample: (query: string) => void;
}) {
  return (
    <div className="schema">
      <h2>Tables</h2>
      {props.schema.tables.map((table) => (
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
      ))}
      {props.schema.views.length > 0 && <h2>Views</h2>}
      {props.schema.views.map((view) => (
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
    </div>
  );
}
