import type { WorkerError } from "./api.ts";

/** Refusals of the worker itself; `code` is what the views tell cases apart by. */
export type PanelErrorCode =
  | "no-mapping"
  | "no-comparison"
  | "cannot-go-on"
  | "no-such-row"
  | "no-such-plan"
  | "no-such-frame"
  | "no-such-base"
  | "no-collection"
  | "no-connection"
  | "needs-collection"
  | "no-scope-value"
  | "scope-changed"
  | "other-bridge"
  | "not-connected"
  | "busy"
  | "cancelled"
  | "queued"
  | "not-writable"
  | "page-not-ready";

/** Says what was refused, why, and what to do next. */
export class PanelError extends Error implements WorkerError {
  override readonly name = "PanelError";
  readonly code: PanelErrorCode;

  constructor(code: PanelErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
