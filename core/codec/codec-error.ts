import type { BlobValue } from "./platform-values.ts";

export type CodecErrorCode =
  | "malformed-value"
  | "unsupported-type"
  | "too-large"
  | "not-cloneable"
  | "needs-bytes"
  | "unreadable-blob";

/**
 * - `malformed-value`: not a value text of a version known here.
 * - `unsupported-type`: a type that this engine lacks (Float16Array, a resizable ArrayBuffer).
 * - `too-large`: beyond a limit that was given.
 * - `not-cloneable`: a function, a symbol, a detached buffer: nothing that IndexedDB could hold.
 * - `needs-bytes`: `blobs` are inside, and their bytes were not given (see read-blobs.ts).
 * - `unreadable-blob`: the browser could not read a blob, for example because its file has changed.
 */
export class CodecError extends Error {
  readonly code: CodecErrorCode;
  readonly blobs: readonly (Blob | BlobValue)[];

  constructor(
    code: CodecErrorCode,
    message: string,
    options: { readonly blobs?: readonly (Blob | BlobValue)[]; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.name = "CodecError";
    this.code = code;
    this.blobs = options.blobs ?? [];
  }
}
