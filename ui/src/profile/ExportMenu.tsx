import { useState } from "react";
import { apiUrl, getBlob, type QueryValue } from "../api/client.ts";
import { currentToken } from "../api/token.ts";
import { CopyButton } from "../components/CopyButton.tsx";
import { Drop } from "../components/Drop.tsx";
import { save } from "../lib/save.ts";

const formats = [
  { format: "pprof", words: "pprof", note: "go tool pprof, Grafana, Parca", suffix: "pb.gz" },
  { format: "collapsed", words: "Collapsed stacks", note: "text, one stack a line", suffix: "txt" },
  { format: "speedscope", words: "speedscope", note: "speedscope.app", suffix: "speedscope.json" },
] as const;

/** The profile as shown, filters included, in the formats of other tools. */
export function ExportMenu(props: {
  readonly path: string;
  readonly query: Readonly<Record<string, QueryValue>>;
  readonly fileName: string;
}) {
  const [problem, setProblem] = useState<string>();
  return (
    <Drop label="Export">
      {(close) => (
        <ul>
          {formats.map(({ format, words, note, suffix }) => {
            const query = { ...props.query, format };
            const name = `${props.fileName}.${suffix}`;
            return (
              <li key={format}>
                <a
                  href={apiUrl(props.path, query)}
                  download={name}
                  onClick={(event) => {
                    if (currentToken() === undefined) return close();
                    // A link cannot carry the token.
                    event.preventDefault();
                    getBlob(props.path, query).then(
                      (blob) => {
                        save(blob, name);
                        close();
                      },
                      (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)),
                    );
                  }}
                >
                  {words}
                  <small>{note}</small>
                </a>
              </li>
            );
          })}
          <li className="copy">
            <CopyButton quiet text={() => location.href}>
              Copy link
            </CopyButton>
          </li>
          {problem !== undefined && (
            <li className="bad small" role="alert">
              {problem}
            </li>
          )}
        </ul>
      )}
    </Drop>
  );
}
