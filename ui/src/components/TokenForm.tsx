import { useQueryClient } from "@tanstack/react-query";
import type { FormEvent } from "react";
import { currentToken, keepToken } from "../api/token.ts";

/** In the place of a page: asks for the bearer token; then the page asks again. */
export function TokenForm() {
  const queries = useQueryClient();
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const token = new FormData(event.currentTarget).get("token");
    if (typeof token !== "string" || token.trim() === "") return;
    keepToken(token.trim());
    void queries.resetQueries();
  };
  return (
    <form className="say" onSubmit={submit}>
      <div>
        <h1>This Hotspan asks for its token</h1>
        <p className="muted">
          {currentToken() === undefined ? (
            <>
              It is the value of <code>HOTSPAN_TOKEN</code> where Hotspan was started, or one made by{" "}
              <code>hotspan token create --scope read</code>.
            </>
          ) : (
            "The token given was refused."
          )}
        </p>
      </div>
      <span className="end">
        <label className="field">
          <span>Token</span>
          <input className="w" name="token" type="password" autoComplete="current-password" />
        </label>
        <button type="submit" className="btn">
          Continue
        </button>
      </span>
    </form>
  );
}
