import { ApiError, postEvents } from "../api/client.ts";
import type { SqlAnswer, SqlProgress } from "../api/types.ts";

interface Problem {
  readonly detail: string;
  readonly code: string;
  readonly status: number;
  readonly requestId?: string;
  readonly field?: string;
}

/** Runs a statement and tells how far it is. Aborting ends the query in the database. Throws ApiError, or the signal's reason. */
export async function runStatement(
  query: string,
  signal: AbortSignal,
  tell: (progress: SqlProgress) => void,
): Promise<SqlAnswer> {
  let answer: SqlAnswer | undefined;
  let problem: Problem | undefined;
  await postEvents("sql", { query }, signal, ({ event, data }) => {
    if (event === "progress") tell(data as SqlProgress);
    else if (event === "result") answer = data as SqlAnswer;
    else if (event === "problem") problem = data as Problem;
  });
  if (answer !== undefined) return answer;
  if (problem !== undefined) throw new ApiError(problem.detail, problem);
  throw new ApiError("The answer ended before the result.", { code: "bad_answer", status: 200 });
}
