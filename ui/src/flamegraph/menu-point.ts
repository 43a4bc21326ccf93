import { type KeyboardEvent, type PointerEvent, useEffect, useRef } from "react";

/** Where a menu opens, in CSS pixels of the window. */
export interface MenuPoint {
  readonly x: number;
  readonly y: number;
}

const longMs = 500;
// A finger that rests is never quite still.
const slop = 8;

/**
 * A finger held still: what a right click is to a mouse. Some browsers send `contextmenu` for it, some send nothing. The
 * click that follows when the finger leaves is swallowed.
 */
export function useLongPress(onPress: (x: number, y: number) => void) {
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const start = useRef<MenuPoint>(undefined);
  const stop = (): void => {
    clearTimeout(timer.current);
    start.current = undefined;
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    onPointerDown: (event: PointerEvent): void => {
      if (event.pointerType !== "touch" || !event.isPrimary) return stop();
      const { clientX: x, clientY: y, currentTarget } = event;
      start.current = { x, y };
      timer.current = setTimeout(() => {
        stop();
        const swallow = (click: Event): void => {
          click.preventDefault();
          click.stopPropagation();
        };
        currentTarget.addEventListener("click", swallow, { capture: true, once: true });
        // Where none follows, the next real one must not be lost.
        addEventListener(
          "pointerup",
          () => setTimeout(() => currentTarget.removeEventListener("click", swallow, { capture: true }), 50),
          { once: true },
        );
        onPress(x, y);
      }, longMs);
    },
    onPointerMove: (event: PointerEvent): void => {
      const from = start.current;
      if (from === undefined) return;
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > slop) stop();
    },
    onPointerUp: stop,
    onPointerCancel: stop,
  };
}

/** The key that opens a menu where the focus is. */
export const isMenuKey = (event: KeyboardEvent): boolean =>
  event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey);
