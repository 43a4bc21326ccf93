import { type ReactNode, useEffect, useState } from "react";
import { useRouterState } from "@tanstack/react-router";
import { useSheet } from "./useSheet.ts";

/** The names of the views; on narrow windows behind a button, beside the name of the one that is open. */
export function Views(props: { readonly children: ReactNode }) {
  const { open, setOpen, box, button, onKeyDown } = useSheet<HTMLDivElement>();
  const at = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.href });
  const [here, setHere] = useState<string>();
  useEffect(() => {
    setOpen(false);
    setHere(box.current?.querySelector('[aria-current="page"]')?.textContent);
  }, [at, box, setOpen]);
  return (
    <div
      className="views"
      ref={box}
      onKeyDown={(event) => {
        // On narrow windows the link that has the focus is gone in a moment.
        if (event.key === "Escape" && open) button.current?.focus();
        onKeyDown(event);
      }}
    >
      <button
        type="button"
        ref={button}
        className="btn only-s"
        aria-expanded={open}
        aria-controls="views"
        onClick={() => setOpen(!open)}
      >
        Menu
      </button>
      <span className="here only-s" aria-hidden="true">
        {here}
      </span>
      <nav
        className="nav"
        id="views"
        aria-label="Views"
        data-open={open ? "" : undefined}
        onClick={(event) => {
          // The view that is open already is no other address.
          if (event.target instanceof Element && event.target.closest("a") !== null) setOpen(false);
        }}
      >
        {props.children}
      </nav>
    </div>
  );
}
