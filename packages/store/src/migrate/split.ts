/**
 * Splits a SQL script at semicolons that stand outside quotes and comments. Comments stay with the statement that
 * follows; a tail of comments alone is no statement.
 */
export function splitStatements(script: string): readonly string[] {
  const statements: string[] = [];
  // One token per match: comment, quoted text, end of a statement, anything else.
  const token =
    /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\[\s\S]|'')*'|`(?:[^`\\]|\\[\s\S])*`|"(?:[^"\\]|\\[\s\S])*"|;|[\s\S]/g;
  let current = "";
  let hasCode = false;
  for (const [text] of script.matchAll(token)) {
    if (text === ";") {
      if (hasCode) statements.push(current.trim());
      current = "";
      hasCode = false;
      continue;
    }
    current += text;
    if (!/^(?:--|\/\*|\s)/.test(text)) hasCode = true;
  }
  if (hasCode) statements.push(current.trim());
  return statements;
}
