export type MergeErrorCode =
  /** A field in conflict has no choice. */
  | "undecided"
  /** A choice names a path that is not a field of the merge. */
  | "no-such-field";

export class MergeError extends Error {
  readonly code: MergeErrorCode;

  constructor(code: MergeErrorCode, message: string) {
    super(message);
    this.name = "MergeError";
    this.code = code;
  }
}
