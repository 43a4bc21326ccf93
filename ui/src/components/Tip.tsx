import { type ReactNode, useLayoutEffect, useRef } from "react";
import { createPortal } from "react-dom";

/** A tooltip beside the pointer. It repeats what a table or a readout says, so it is hidden from assistive tools. */
export function Tip(props: { readonly x: number; readonly y: number; readonly children: ReactNode }) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const { offsetWidth: width, offsetHeight: height } = element;
    const below = props.y + 14;
    element.style.left = `${Math.max(4, Math.min(innerWidth - width - 8, props.x + 12))}px`;
    element.style.top = `${below + height > innerHeight ? Math.max(4, props.y - height - 10) : below}px`;
  });
  return createPortal(
    <div className="tip" ref={box} aria-hidden="true">
      {props.children}
    </div>,
    document.body,
  );
}
