import { type ReactNode, useId } from "react";
import { useSheet } from "./useSheet.ts";

/** A button that shows a sheet under itself. Esc, a click elsewhere or focus elsewhere closes it. */
export function Drop(props: {
  readonly label: ReactNode;
  readonly quiet?: boolean;
  readonly children: (close: () => void) => ReactNode;
}) {
  const { open, setOpen, box, button, onKeyDown } = useSheet<HTMLDivElement>();
  const id = useId();
  return (
    <div className="drop" ref={box} onKeyDown={onKeyDown}>
      <button
        type="button"
        ref={button}
        className={props.quiet === true ? "btn quiet" : "btn"}
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        onClick={() => setOpen(!open)}
      >
        {props.label}
      </button>
      {open && (
        <div className="sheet" id={id}>
          {props.children(() => setOpen(false))}
        </div>
      )}
    </div>
  );
}
