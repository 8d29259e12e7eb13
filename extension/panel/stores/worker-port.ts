/** What the stores need of the worker's client and of the platform: structural, so that tests bring their own. */
import type { WorkerApi, WorkerError, WorkerEvents } from "../worker/api.ts";

export interface WorkerPort {
  readonly api: WorkerApi;
  on<K extends keyof WorkerEvents>(event: K, listener: (value: WorkerEvents[K]) => void): () => void;
}

/** A rejected call carries a WorkerError; anything else is a fault of the panel and is shown as one. */
export function asWorkerError(thrown: unknown): WorkerError {
  if (thrown instanceof Error) {
    const { code, details } = thrown as Error & { code?: unknown; details?: unknown };
    return {
      code: typeof code === "string" ? code : "panel-error",
      message: thrown.message,
      ...(typeof details === "string" ? { details } : {}),
    };
  }
  if (typeof thrown === "object" && thrown !== null && "message" in thrown) {
    const { code, message, details } = thrown as { code?: unknown; message: unknown; details?: unknown };
    return {
      code: typeof code === "string" ? code : "panel-error",
      message: String(message),
      ...(typeof details === "string" ? { details } : {}),
    };
  }
  return { code: "panel-error", message: String(thrown) };
}
