import { type ReactNode, useEffect, useId, useRef, useState } from "react";

/** A button that shows a sheet under itself. Esc, a click elsewhere or focus elsewhere closes it. */
export function Drop(props: {
  readonly label: ReactNode;
  readonly quiet?: boolean;
  readonly children: (close: () => void) => ReactNode;
}) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    const opener = button.current;
    const outside = (event: Event): void => {
      if (event.target instanceof Node && box.current?.contains(event.target) !== true) setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
      // The focus was inside the sheet, which is gone.
      if (document.activeElement === document.body) opener?.focus();
    };
  }, [open]);

  const close = (): void => setOpen(false);
  return (
    <div
      className="drop"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open) return;
        event.stopPropagation();
        close();
      }}
    >
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
          {props.children(close)}
        </div>
      )}
    </div>
  );
}
