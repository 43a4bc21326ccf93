import type { SpanBook } from "../otel/span-book.ts";
import type { ContextManager } from "../otel/types.ts";
import { FrameLabeller } from "./frame.ts";
import { HooksLabeller } from "./hooks.ts";
import type { Labeller } from "./labeller.ts";
import { hasContextFrame } from "./labeller.ts";
import { WithLabeller } from "./with.ts";

export function chooseLabeller(manager: ContextManager, book: SpanBook): Labeller {
  if (!hasContextFrame()) return new HooksLabeller(manager, book);
  const storage = manager._asyncLocalStorage;
  if (typeof storage?.enterWith === "function" && typeof storage.getStore === "function")
    return new FrameLabeller(storage, book);
  return new WithLabeller(manager, book);
}
