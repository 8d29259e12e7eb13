import type { BlobValue } from "../codec/platform-values.ts";

export type DigestErrorCode = "needs-bytes" | "not-cloneable" | "too-large";

/**
 * - `needs-bytes`: `blobs` are inside, and their bytes were not given.
 * - `not-cloneable`: a function, a symbol, a detached buffer: nothing that IndexedDB could hold.
 * - `too-large`: more than a gigabyte.
 */
export class DigestError extends Error {
  readonly code: DigestErrorCode;
  readonly blobs: readonly (Blob | BlobValue)[];

  constructor(code: DigestErrorCode, message: string, blobs: readonly (Blob | BlobValue)[] = []) {
    super(message);
    this.name = "DigestError";
    this.code = code;
    this.blobs = blobs;
  }
}
