import type { Palette } from "./palette.ts";

/** What the colours of the frames are; the tree says the same in words. */
export function Legend({ of }: { readonly of: Palette["legend"] }) {
  return (
    <p className="key legend" aria-hidden="true">
      {of.map(({ colour, words }) => (
        <span key={words}>
          <i className="sw" style={{ background: `var(--${colour})` }} />
          {words}
        </span>
      ))}
    </p>
  );
}
