/** What can go wrong between the client and the inspected page. */
export const AGENT_ERROR_CODES = [
  /** The browser does not let us evaluate here, or the page has no storage (opaque origin). */
  "cannot-inspect",
  /** The page's thread is stopped at a breakpoint: evaluations answer, timers and events do not run. */
  "paused",
  /** The page's own code stops the agent from working, or changes what built-ins do. */
  "interferes",
  /** The page, or the frame, was left while the task ran. */
  "navigated",
  /** Another origin is there now than the one that the store belongs to. */
  "other-origin",
  "no-database",
  /** Only what is not there is made. */
  "database-exists",
  "no-store",
  "no-index",
  /** Opening waits for somebody's upgrade or deletion. */
  "blocked",
  /** The database is being upgraded or deleted, so the agent closed its connection. */
  "upgrading",
  /** The client was closed. */
  "closed",
  /** The client took the task back before it had begun. */
  "taken-back",
  /** An answer that no agent gives. */
  "malformed-answer",
  "frame-gone",
  /** The browser's IndexedDB failed. */
  "database-error",
] as const;

export type AgentErrorCode = (typeof AGENT_ERROR_CODES)[number];

/** Names what was tried and, in its message, the next step. */
export class AgentError extends Error {
  override readonly name = "AgentError";
  readonly code: AgentErrorCode;

  constructor(code: AgentErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
