export type DiffErrorCode = "scan-failed" | "out-of-order";
export type DiffSource = "local" | "remote" | "base";

/**
 * `scan-failed`: a source threw (its error is the `cause`). `out-of-order`: it gave keys that do not ascend.
 * Either way nothing may be said about keys after the last one that was visited.
 */
export class DiffError extends Error {
  readonly code: DiffErrorCode;
  readonly source: DiffSource;

  constructor(code: DiffErrorCode, source: DiffSource, message: string, cause?: unknown) {
    super(message, { cause });
    this.name = "DiffError";
    this.code = code;
    this.source = source;
  }
}
