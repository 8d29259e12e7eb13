export type SessionErrorCode =
  /** A scan threw or could not prove that it is complete. Compare again once its cause is gone. */
  | "scan-failed"
  /** A side gave keys that do not ascend: its store is at fault. */
  | "out-of-order"
  /** A reread by key failed. */
  | "lookup-failed"
  /** A read of whole records failed. */
  | "read-failed"
  /** A side answered something that its contract does not allow. */
  | "malformed-answer"
  /** The remote's changes could not be read. */
  | "changes-failed"
  /** The remote does not know this checkpoint any more; the message says why. Compare all records. */
  | "stale-checkpoint"
  /** The page's database was upgraded or made anew since the earlier comparison. Compare all records. */
  | "other-store"
  /** Fencing failed; nothing more is known than before. */
  | "fence-failed"
  /** The panel's own store of bases and journals failed. */
  | "base-failed"
  /** Deletes want a name typed first; `confirmations` of the plan tell which. */
  | "confirmation-required"
  /** The plan writes to a remote that is read-only. */
  | "remote-read-only"
  /** The remote has no fence: what is unknown stays so until it shows (decision 22). */
  | "cannot-fence"
  /** An earlier run crashed, so that what it left open cannot wait in a queue: resume it. */
  | "may-have-been-sent"
  /** The plan has run before: resume it. */
  | "already-started"
  /** The plan was taken back, at least in part: compare again instead of resuming it. */
  | "already-undone"
  /** No apply of that id is on record. */
  | "no-such-apply"
  /** A saved plan that this version cannot read. */
  | "malformed-plan"
  /** Whoever runs a custom policy could not, or answered something else than was asked. */
  | "policy-failed"
  /** One record was decided twice. */
  | "duplicate-key";

export type SessionSide = "local" | "remote" | "base";

/** What the session could not do, and on which side; the side's own error is the `cause`. */
export class SessionError extends Error {
  readonly code: SessionErrorCode;
  readonly side: SessionSide | undefined;

  constructor(
    code: SessionErrorCode,
    message: string,
    options: { readonly side?: SessionSide; readonly cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.name = "SessionError";
    this.code = code;
    this.side = options.side;
  }
}

/** Runs one call to a port and names its side when it fails. Session errors pass through. */
export async function onSide<T>(
  side: SessionSide,
  code: SessionErrorCode,
  what: string,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof SessionError) throw error;
    throw new SessionError(code, `${what} failed: ${messageOf(error)}`, { side, cause: error });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
