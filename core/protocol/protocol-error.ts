/**
 * What can be wrong with a frame or a request. The codes are part of the wire format: a bridge sends them in
 * `error` frames and the client throws them again.
 */
export const PROTOCOL_ERROR_CODES = [
  // Frames
  "malformed-frame",
  "unknown-frame",
  "frame-too-large",
  "unexpected-frame",
  "too-many-requests",
  // Addressing
  "unknown-connection",
  "unknown-collection",
  "unknown-table",
  "unknown-view",
  "bad-name",
  // The bridge's configuration
  "read-only",
  "not-allowed",
  // Policies
  "unknown-policy",
  "policy-failed",
  // Jobs
  "unknown-job",
  "unknown-run",
  "bad-parameter",
  "output-busy",
  "job-failed",
  // Schedules
  "unknown-schedule",
  "bad-times",
  "schedule-busy",
  // Collections
  "projection-mismatch",
  "mapping-mismatch",
  "newer-format",
  "not-a-collection",
  "malformed-row",
  "stale-checkpoint",
  "not-kept",
  // Streams
  "incomplete",
  "cancelled",
  // The backend
  "locked",
  "disk-full",
  "missing-folder",
  "read-only-file",
  "corrupt",
  "backend-unavailable",
  "unauthorized",
  "not-set-up",
  "backend-failed",
  "journal-failed",
  "too-large",
  "unsupported",
  // The connection
  "disconnected",
  "internal",
] as const;
export type ProtocolErrorCode = (typeof PROTOCOL_ERROR_CODES)[number];

/** Names what failed and the next step in `message`; carries a `code` to act on. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
  readonly code: ProtocolErrorCode;

  constructor(code: ProtocolErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
