import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { createPortal } from "react-dom";

export interface MenuItem {
  readonly words: ReactNode;
  /** The key that does the same where the focus was before. */
  readonly shortcut?: string;
  readonly onPick?: () => void;
  /** Instead of `onPick`: what is copied. The item says so before the menu closes. */
  readonly copies?: () => string;
  /** A line above this item. */
  readonly apart?: boolean;
}

/** A menu at a point of the window, by the menu pattern: arrows, Home, End, Escape; the focus returns to where it was. */
export function Menu(props: {
  readonly label: string;
  readonly head: ReactNode;
  readonly x: number;
  readonly y: number;
  readonly items: readonly MenuItem[];
  readonly onClose: () => void;
}) {
  const { onClose } = props;
  const box = useRef<HTMLDivElement>(null);
  const opener = useRef<Element>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    opener.current ??= document.activeElement;
    const { offsetWidth: width, offsetHeight: height } = element;
    element.style.left = `${Math.max(4, Math.min(innerWidth - width - 4, props.x))}px`;
    element.style.top = `${Math.max(4, Math.min(innerHeight - height - 4, props.y))}px`;
    element.querySelector<HTMLElement>('[role="menuitem"]')?.focus({ preventScroll: true });
  }, [props.x, props.y]);
  useEffect(() => {
    const outside = (event: Event): void => {
      if (event.target instanceof Node && box.current?.contains(event.target) !== true) onClose();
    };
    // What scrolled the page before the menu opened is told of a frame later.
    const { scrollX: fromX, scrollY: fromY } = window;
    const scrolled = (event: Event): void => {
      if (event.target === document && (scrollX !== fromX || scrollY !== fromY)) onClose();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("scroll", scrolled);
    addEventListener("blur", onClose);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("scroll", scrolled);
      removeEventListener("blur", onClose);
    };
  }, [onClose]);

  const [said, setSaid] = useState<{ readonly index: number; readonly words: string }>();
  const saying = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(saying.current), []);
  const copy = async (index: number, text: string): Promise<void> => {
    let words = "Copied";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Plain HTTP on another host, or permission refused.
      words = "Not allowed here";
    }
    setSaid({ index, words });
    saying.current = setTimeout(close, 700);
  };
  const close = (): void => {
    if (opener.current instanceof HTMLElement) opener.current.focus({ preventScroll: true });
    onClose();
  };
  const onKey = (event: KeyboardEvent): void => {
    const items = [...(box.current?.querySelectorAll<HTMLElement>('[role="menuitem"]') ?? [])];
    const present = items.indexOf(document.activeElement as HTMLElement);
    const go = (index: number): void => items.at(index % items.length)?.focus({ preventScroll: true });
    if (event.key === "ArrowDown") go(present + 1);
    else if (event.key === "ArrowUp") go(present - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(-1);
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return createPortal(
    <div className="menu" ref={box}>
      <div className="menu-head" aria-hidden="true">
        {props.head}
      </div>
      <div role="menu" aria-label={props.label} onKeyDown={onKey}>
        {props.items.map((item, index) => (
          <button
            // oxlint-disable-next-line react/no-array-index-key -- the items of one opening do not move
            key={index}
            type="button"
            role="menuitem"
            tabIndex={-1}
            className={item.apart === true ? "apart" : undefined}
            onClick={() => {
              if (item.copies !== undefined) return void copy(index, item.copies());
              close();
              item.onPick?.();
            }}
          >
            <span aria-live="polite">{said?.index === index ? said.words : item.words}</span>
            {item.shortcut !== undefined && <kbd aria-hidden="true">{item.shortcut}</kbd>}
          </button>
        ))}
      </div>
    </div>,
    // Inside a landmark, for whoever moves by those.
    document.getElementById("main") ?? document.body,
  );
}
