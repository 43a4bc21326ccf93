import { useEffect, useRef } from "react";
import { keyHelp } from "./keys.ts";

export function KeysDialog(props: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      className="keys"
      ref={dialog}
      aria-labelledby="keys-title"
      onClose={props.onClose}
      onKeyDown={(event) => event.stopPropagation()}
    >
      <h2 id="keys-title">Keys</h2>
      <dl>
        {keyHelp.map(({ keys, words }) => (
          <div key={words} className="pair">
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{words}</dd>
          </div>
        ))}
      </dl>
      <button type="button" className="btn" onClick={props.onClose}>
        Close
      </button>
    </dialog>
  );
}
