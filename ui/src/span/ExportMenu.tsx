import type { QueryValue } from "../api/client.ts";
import { apiUrl } from "../api/client.ts";
import { CopyButton } from "../components/CopyButton.tsx";
import { Drop } from "../components/Drop.tsx";

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
  return (
    <Drop label="Export">
      {(close) => (
        <ul>
          {formats.map(({ format, words, note, suffix }) => (
            <li key={format}>
              <a
                href={apiUrl(props.path, { ...props.query, format })}
                download={`${props.fileName}.${suffix}`}
                onClick={close}
              >
                {words}
                <small>{note}</small>
              </a>
            </li>
          ))}
          <li className="copy">
            <CopyButton quiet text={() => location.href}>
              Copy link
            </CopyButton>
          </li>
        </ul>
      )}
    </Drop>
  );
}
