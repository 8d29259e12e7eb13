export type BatchErrorCode = "malformed-batch" | "malformed-entry" | "out-of-order";

/**
 * `malformed-batch`: bytes that are no batch. `malformed-entry`: a digest or token that an entry cannot have.
 * `out-of-order`: keys that are not strictly ascending.
 */
export class BatchError extends Error {
  readonly code: BatchErrorCode;

  constructor(code: BatchErrorCode, message: string) {
    super(message);
    this.name = "BatchError";
    this.code = code;
  }
}
