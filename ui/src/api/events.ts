// Server-sent events of an answer to POST, which EventSource cannot ask for.

export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** The whole events at the beginning of `text`, and what is left of it. */
export function splitEvents(text: string): {
  readonly events: readonly ServerEvent[];
  readonly rest: string;
} {
  const parts = text.split("\n\n");
  const rest = parts.pop() ?? "";
  const events = parts.map((part) => {
    let event = "message";
    let data = "";
    for (const line of part.split("\n")) {
      if (line.startsWith("event: ")) event = line.slice(7);
      else if (line.startsWith("data: ")) data += line.slice(6);
    }
    return { event, data: JSON.parse(data) as unknown };
  });
  return { events, rest };
}

/** Hands over the events of an answer as they come. */
export async function readEvents(response: Response, onEvent: (event: ServerEvent) => void): Promise<void> {
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
    if (done) return;
    const { events, rest } = splitEvents(text + value);
    text = rest;
    for (const event of events) onEvent(event);
  }
}
