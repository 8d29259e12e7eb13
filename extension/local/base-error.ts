export type BaseStoreErrorCode =
  /** A stored chunk does not decode: nothing of this base can be trusted. */
  | "damaged-base"
  /** Written by a later version of Driftscope, in a format that this one does not know. */
  | "newer-base"
  /** The browser gives no more storage, even after the bodies were evicted. */
  | "storage-full"
  /** The database cannot be opened, read or written. */
  | "storage-failed";

/** What the panel's own storage refused, about which mapping, and what to do. */
export class BaseStoreError extends Error {
  override readonly name = "BaseStoreError";
  readonly code: BaseStoreErrorCode;
  readonly details?: string;

  constructor(code: BaseStoreErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    if (cause !== undefined) this.details = String(cause);
  }
}

/** A base that does not decode is never taken for an empty one: that would turn records into additions. */
export function damagedBase(mappingName: string, part: string, cause?: unknown): BaseStoreError {
  return new BaseStoreError(
    "damaged-base",
    `The stored base of ${mappingName} is damaged (${part}). In Settings, export what can be read of it if you want to keep it, then discard it and compare again: the records have no base until they are found equal. History and undo stay.`,
    cause,
  );
}

/** A later version wrote it, and this one was installed after that. */
export function newerBase(mappingName: string, part: string, cause?: unknown): BaseStoreError {
  return new BaseStoreError(
    "newer-base",
    `The stored base of ${mappingName} was written by a later version of Driftscope (${part}). Update the extension, or discard the base in Settings and compare again: the records have no base until they are found equal. History and undo stay.`,
    cause,
  );
}
