import { Link } from "@tanstack/react-router";
import { useTitle } from "../lib/useTitle.ts";

export function NotFound() {
  useTitle("Not found");
  return (
    <>
      <h1 className="sentence">There is no page at this address.</h1>
      <p>
        <Link to="/">Search traces</Link>
      </p>
    </>
  );
}
