import { useState } from "react";
import { Drop } from "../components/Drop.tsx";
import { save } from "../lib/save.ts";
import { type Picture, pngOf, svgOf } from "./picture.ts";

/** The drawing as one sees it, as a file. */
export function PictureMenu({ fileName, ...picture }: Picture & { readonly fileName: string }) {
  const [problem, setProblem] = useState<string>();
  const keep = async (suffix: "svg" | "png"): Promise<void> => {
    try {
      const blob =
        suffix === "svg" ? new Blob([svgOf(picture)], { type: "image/svg+xml" }) : await pngOf(picture);
      save(blob, `${fileName}.${suffix}`);
      setProblem(undefined);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <Drop label="Picture" quiet>
      {(close) => (
        <ul>
          {(["svg", "png"] as const).map((suffix) => (
            <li key={suffix}>
              <button type="button" onClick={() => void keep(suffix).then(close)}>
                {suffix.toUpperCase()}
                <small>
                  {suffix === "svg" ? "sharp at any size, names on hover" : "for chats and slides"}
                </small>
              </button>
            </li>
          ))}
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
