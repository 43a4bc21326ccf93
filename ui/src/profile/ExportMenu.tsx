import { type RefObject, useState } from "react";
import { apiUrl, getBlob, type QueryValue } from "../api/client.ts";
import { currentToken } from "../api/token.ts";
import { CopyButton } from "../components/CopyButton.tsx";
import { Drop } from "../components/Drop.tsx";
import { type Picture, pngOf, svgOf } from "../flamegraph/picture.ts";
import { save } from "../lib/save.ts";
import { lastingLink } from "../state/lasting-link.ts";
import type { ProfileViewState } from "../state/profile-view.ts";
import type { TimeRange } from "../state/range.ts";

const formats = [
  { format: "pprof", words: "pprof", note: "go tool pprof, Grafana, Parca", suffix: "pb.gz" },
  { format: "collapsed", words: "Collapsed stacks", note: "text, one stack a line", suffix: "txt" },
  { format: "speedscope", words: "speedscope", note: "speedscope.app", suffix: "speedscope.json" },
] as const;

const pictures = [
  { suffix: "svg", words: "SVG", note: "sharp at any size, names on hover" },
  { suffix: "png", words: "PNG", note: "for chats and slides" },
] as const;

/**
 * The samples in the formats of other tools, the drawing as a picture, and the address. The server knows filters; transforms, the
 * inverted order and the zoom are done in the browser, so files have nothing of them and the menu says so.
 */
export function ExportMenu(props: {
  readonly path: string;
  readonly query: Readonly<Record<string, QueryValue>>;
  readonly fileName: string;
  readonly state: ProfileViewState;
  /** What is drawn, if anything is. */
  readonly picture: RefObject<Picture | undefined>;
  /** What the address means by its time; undefined where it means none. */
  readonly range?: TimeRange;
}) {
  const { fileName, range, state } = props;
  const [problem, setProblem] = useState<string>();
  const failed = (error: unknown): void => setProblem(error instanceof Error ? error.message : String(error));
  const keep = async (suffix: "svg" | "png"): Promise<void> => {
    const picture = props.picture.current;
    if (picture === undefined) throw new Error("Nothing is drawn yet.");
    const blob =
      suffix === "svg" ? new Blob([svgOf(picture)], { type: "image/svg+xml" }) : await pngOf(picture);
    save(blob, `${fileName}.${suffix}`);
  };
  return (
    <Drop label="Export">
      {(close) => (
        <ul>
          <li className="what">{sampleWords(state)}</li>
          {formats.map(({ format, words, note, suffix }) => {
            const query = { ...props.query, format };
            const name = `${fileName}.${suffix}`;
            return (
              <li key={format}>
                <a
                  href={apiUrl(props.path, query)}
                  download={name}
                  onClick={(event) => {
                    if (currentToken() === undefined) return close();
                    // A link cannot carry the token.
                    event.preventDefault();
                    getBlob(props.path, query).then((blob) => {
                      save(blob, name);
                      close();
                    }, failed);
                  }}
                >
                  {words}
                  <small>{note}</small>
                </a>
              </li>
            );
          })}
          {state.sandwich === undefined && (
            <>
              <li className="what apart">The picture as drawn</li>
              {pictures.map(({ suffix, words, note }) => (
                <li key={suffix}>
                  <button type="button" onClick={() => void keep(suffix).then(close, failed)}>
                    {words}
                    <small>{note}</small>
                  </button>
                </li>
              ))}
            </>
          )}
          <li className="copy">
            <CopyButton
              quiet
              text={() => (range === undefined ? location.href : lastingLink(location.href, range))}
            >
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

/** What of the view is in a file of samples. */
export function sampleWords(state: ProfileViewState): string {
  const filtered = state.focus !== undefined || state.show !== undefined || state.hide !== undefined;
  const kept = filtered ? "The samples, as filtered" : "The samples";
  const left = [
    (state.step?.length ?? 0) > 0 ? "transforms" : undefined,
    state.order === "inverted" ? "the inverted order" : undefined,
  ].filter((one) => one !== undefined);
  return left.length === 0 ? kept : `${kept}, without ${left.join(" and ")}`;
}
