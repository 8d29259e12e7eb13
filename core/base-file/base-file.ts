/**
 * A base as a file: UTF-8, one JSON object a line.
 *
 *     {"driftscope":"base","format":1,"identity":{…},"completeAt":1760000000000,"known":{…}}
 *     {"key":"10c0…","state":"present","digest":"9f…","token":"3.op","body":"{\"id\":1}"}
 *     …
 *     {"end":true,"entries":1500,"damaged":0}
 *
 * Keys and digests are hexadecimal, of core/key's and core/digest's bytes; bodies are core/codec's value texts.
 * The last line tells a whole file from one that was cut off. `damaged` counts the parts that did not decode when
 * the file was written: such a file cannot be imported, since a missing entry would mean "was absent".
 */
import type { KnownSides } from "../session/known-sides.ts";
import type { BaseEntry, BaseIdentity } from "../session/ports.ts";

export const BASE_FILE_FORMAT = 1;

export interface BaseFileHead {
  readonly identity: BaseIdentity;
  /** Absent = nothing is known of keys without an entry. */
  readonly completeAt?: number;
  readonly known?: KnownSides;
}

export type BaseFileErrorCode =
  /** It is no base, is cut off, or a line of it is not what it should be. */
  | "malformed-file"
  /** Written by a later version. */
  | "newer-file"
  /** Of another store, collection, scope or projection. */
  | "other-base"
  /** Parts were damaged already when it was written. */
  | "incomplete-file";

/** What a file cannot be imported for; nothing was written then. */
export class BaseFileError extends Error {
  override readonly name = "BaseFileError";
  readonly code: BaseFileErrorCode;

  constructor(code: BaseFileErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}

export const STATES: ReadonlySet<string> = new Set<BaseEntry["state"]>([
  "present",
  "deleted",
  "absent",
  "noBase",
]);
