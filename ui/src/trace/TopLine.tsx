import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import type { Trace } from "../api/types.ts";
import { lastSearch } from "../state/last-search.ts";
import { When } from "./When.tsx";

/** Above a trace or one of its spans: the way back to the search, and when it was. `children`: the list items of the place itself. */
export function TopLine(props: { readonly trace: Trace | undefined; readonly children: ReactNode }) {
  return (
    <div className="top-line">
      <ol className="crumb" aria-label="Where you are">
        <li>
          <Link to="/" search={lastSearch()}>
            Search
          </Link>
        </li>
        {props.children}
      </ol>
      {props.trace !== undefined && <When {...props.trace} />}
    </div>
  );
}
