/**
 * Digests and bodies of records as they come from IndexedDB.
 *
 * While DevTools is open, which it always is here, the debugger notes the stack at every `await`: about 15 us,
 * more than a record takes. So there is a way without one for every record that has no Blobs.
 */
import { encodeValue } from "../../../core/codec/encode-value.ts";
import { inspectValue } from "../../../core/codec/inspect-value.ts";
import { Tag } from "../../../core/codec/text-format.ts";
import { Digester } from "../../../core/digest/digester.ts";
import { BLOB_BYTES, BODY_UNITS } from "../../wire/limits.ts";
import type { RecordSlot } from "../../wire/record-chunk.ts";
import { type BlobBytes, readBlobBytes } from "./blob-bytes.ts";
import { reasonOf, Unreadable } from "./read-rows.ts";

export type Digested =
  | { readonly digest: Uint8Array; readonly bytesOf?: BlobBytes }
  | { readonly reason: string; readonly tooLarge?: true };

type Slot = Exclude<RecordSlot, { state: "absent" }>;

/** @param ignore top-level property names that the mapping leaves out */
export class RecordDigester {
  readonly #digester = new Digester();
  readonly #ignore: ReadonlySet<string>;
  readonly #options: { readonly ignore?: ReadonlySet<string> };

  constructor(ignore: readonly string[]) {
    this.#ignore = new Set(ignore);
    // Without the option, the digest has a faster way.
    this.#options = ignore.length === 0 ? {} : { ignore: this.#ignore };
  }

  /** Digest of a value whose Blobs have been read. @throws DigestError, CodecError */
  digest(value: unknown, bytesOf?: BlobBytes): Uint8Array {
    const options = bytesOf === undefined ? this.#options : { ...this.#options, bytesOf };
    return this.#digester.digest(value, options);
  }

  /** Undefined where it takes more than a look at the value. */
  digestNow(value: unknown): Uint8Array | undefined {
    if (value instanceof Unreadable) return undefined;
    try {
      return this.digest(value);
    } catch {
      return undefined;
    }
  }

  /**
   * Digest of any value; Blobs are read first.
   *
   * @param wait how to wait for Blobs where they cannot be read at once; keeps a transaction alive
   */
  async digestWithBlobs(
    value: unknown,
    wait: <T>(work: Promise<T>) => Promise<T> = (work) => work,
  ): Promise<Digested> {
    if (value instanceof Unreadable) return { reason: value.reason };
    try {
      return { digest: this.digest(value) };
    } catch (error) {
      if (codeOf(error) !== "needs-bytes") return { reason: reasonOf(error) };
    }
    try {
      if (inspectValue(value).blobBytes > BLOB_BYTES) return { reason: TOO_LARGE, tooLarge: true };
      const read = readBlobBytes(value);
      // Told by what it is not: an async function of another realm answers a promise of that realm.
      const bytesOf = typeof read === "function" ? read : await wait(read);
      return { digest: this.digest(value, bytesOf), bytesOf };
    } catch (error) {
      return { reason: reasonOf(error) };
    }
  }

  /** As `slot`; undefined where it takes more than a look at the value. */
  slotNow(value: unknown): Slot | undefined {
    const digest = this.digestNow(value);
    return digest === undefined ? undefined : this.#slotOf(value, { digest });
  }

  /** Digest and body. The value is this task's own copy: ignored properties are taken off it. */
  async slot(value: unknown, wait?: <T>(work: Promise<T>) => Promise<T>): Promise<Slot> {
    return this.#slotOf(value, await this.digestWithBlobs(value, wait));
  }

  #slotOf(value: unknown, digested: Digested): Slot {
    if ("reason" in digested) return { state: "unreadable", reason: digested.reason };
    try {
      this.#takeOffIgnored(value);
      const { bytesOf } = digested;
      const body = encodeValue(value, bytesOf === undefined ? {} : { bytesOf });
      if (body.length > BODY_UNITS) {
        return { state: "unreadable", reason: `The record is too large to transfer (${body.length} units).` };
      }
      const blocked = body.includes(OPAQUE_TAG) ? blockedReason(value) : undefined;
      return {
        state: "present",
        digest: digested.digest,
        body,
        ...(blocked === undefined ? {} : { blocked }),
      };
    } catch (error) {
      return { state: "unreadable", reason: reasonOf(error) };
    }
  }

  #takeOffIgnored(value: unknown): void {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return;
    for (const name of this.#ignore) Reflect.deleteProperty(value, name);
  }
}

/** In the text of every value that holds something opaque; the look for it is cheaper than an inspection. */
const OPAQUE_TAG = JSON.stringify(Tag.opaque);

const TOO_LARGE = `The record's files are too large to guard (more than ${BLOB_BYTES / 1024 / 1024} MB).`;

/** Why a record must not be overwritten or copied; undefined where nothing speaks against it. */
export function blockedReason(value: unknown): string | undefined {
  const { opaque } = inspectValue(value);
  return opaque.length === 0 ? undefined : `It holds what cannot be copied: ${opaque.join(", ")}.`;
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
