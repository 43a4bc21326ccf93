import { type ReactNode, useEffect, useState } from "react";

/** Copies a text and says "Copied" for 1.2 s. */
export function CopyButton(props: {
  readonly text: () => string;
  readonly children: ReactNode;
  readonly label?: string;
  readonly quiet?: boolean;
}) {
  const [said, setSaid] = useState<string>();
  useEffect(() => {
    if (said === undefined) return;
    const timer = setTimeout(() => setSaid(undefined), 1200);
    return () => clearTimeout(timer);
  }, [said]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(props.text());
      setSaid("Copied");
    } catch {
      // Plain HTTP on another host, or permission refused.
      setSaid("Not allowed here");
    }
  };
  return (
    <button
      type="button"
      className={props.quiet === true ? "btn quiet" : "btn"}
      aria-label={said === undefined ? props.label : undefined}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{said ?? props.children}</span>
    </button>
  );
}
