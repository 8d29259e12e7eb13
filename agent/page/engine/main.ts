import type { EngineHandle, FromEngine } from "../../wire/engine-messages.ts";
import { TaskRunner } from "./task-runner.ts";

/** The engine: does the work on IndexedDB, in whatever realm it was started (wire/page-description.ts). */
export default function startEngine(post: (message: FromEngine) => void): EngineHandle {
  return new TaskRunner(post);
}
