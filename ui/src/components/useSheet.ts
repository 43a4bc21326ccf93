import { type KeyboardEvent, type RefObject, useEffect, useRef, useState } from "react";

/** What a button opens under itself. Esc, a click elsewhere or focus elsewhere closes it. */
export function useSheet<Box extends HTMLElement>(): {
  readonly open: boolean;
  readonly setOpen: (open: boolean) => void;
  readonly box: RefObject<Box | null>;
  readonly button: RefObject<HTMLButtonElement | null>;
  /** Of the box. */
  readonly onKeyDown: (event: KeyboardEvent) => void;
} {
  const [open, setOpen] = useState(false);
  const box = useRef<Box>(null);
  const button = useRef<HTMLButtonElement>(null);
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
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !open) return;
    event.stopPropagation();
    setOpen(false);
  };
  return { open, setOpen, box, button, onKeyDown };
}
