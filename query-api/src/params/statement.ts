/** Leading comments and parentheses are not the statement. */
function firstWord(query: string): string {
  let rest = query;
  for (;;) {
    const next = rest
      .replace(/^[\s(;]+/, "")
      .replace(/^(--|#)[^\n]*(\n|$)/, "")
      .replace(/^\/\*[\s\S]*?(\*\/|$)/, "");
    if (next === rest) break;
    rest = next;
  }
  return (/^[A-Za-z]+/.exec(rest)?.[0] ?? "").toUpperCase();
}

// The reader's rights refuse all of these too, except KILL QUERY of its own queries, which are everybody's here.
const refused: ReadonlySet<string> = new Set(
  "ALTER ANALYZE ATTACH BACKUP BEGIN CHECK COMMIT COPY CREATE DELETE DETACH DROP EXCHANGE EXECUTE GRANT INSERT KILL MOVE OPTIMIZE RENAME REPLACE RESTORE REVOKE ROLLBACK SET SYSTEM TRUNCATE UNDROP UPDATE USE".split(
    " ",
  ),
);

/**
 * Whether `sqlite(…)` is called. ClickHouse 26.7 creates the file, empty, before it asks whether the account may: in its folder for
 * such files at least. Nothing but the name can be told from the text, and a string that looks like a call is refused as well.
 */
export const createsFile = (query: string): boolean =>
  /sqlite[`"]?(?:\s|\/\*[\s\S]*?\*\/|(?:--|#)[^\n]*\n)*\(/i.test(query);

const quotedOrComment =
  /'(?:[^'\\]|\\[\s\S])*'|"(?:[^"\\]|\\[\s\S])*"|`(?:[^`\\]|\\[\s\S])*`|(?:--|#)[^\n]*|\/\*[\s\S]*?\*\//g;

/** The verb of a statement that does not read, or of one behind it; anything unknown is left to the server to name. */
export function refusedVerb(query: string): string | undefined {
  const more = query.replace(quotedOrComment, " ").split(";").slice(1);
  return [query, ...more].map(firstWord).find((verb) => refused.has(verb));
}
