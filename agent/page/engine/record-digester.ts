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
import { NotRepresentable } from "../../../core/mapping/cell.ts";
import { ColumnsCodec } from "../../../core/mapping/columns-codec.ts";
import { setField } from "../../../core/merge/plain-object.ts";
import { BLOB_BYTES, BODY_UNITS } from "../../wire/limits.ts";
import type { RecordSlot } from "../../wire/record-chunk.ts";
import type { Projection } from "../../wire/requests.ts";
import { type BlobBytes, readBlobBytes } from "./blob-bytes.ts";
import { reasonOf, Unreadable } from "./read-rows.ts";

export type Digested =
  | { readonly digest: Uint8Array; readonly bytesOf?: BlobBytes }
  | { readonly reason: string; readonly tooLarge?: true };

type Slot = Exclude<RecordSlot, { state: "absent" | "notRepresentable" }>;
type RefusedSlot = Extract<RecordSlot, { state: "notRepresentable" }>;

/** Of the part of the records that the mapping does not leave out. */
export class RecordDigester {
  readonly #digester = new Digester();
  readonly #ignore: ReadonlySet<string>;
  readonly #options: { readonly ignore?: ReadonlySet<string> };
  readonly #columns: ColumnsCodec | undefined;

  constructor({ ignore, columns }: Projection) {
    this.#ignore = new Set(ignore);
    // Without the option, the digest has a faster way.
    this.#options = ignore.length === 0 ? {} : { ignore: this.#ignore };
    this.#columns = columns && new ColumnsCodec(columns);
  }

  /** Digest of a value whose Blobs have been read. @throws DigestError, CodecError, NotProjected */
  digest(value: unknown, bytesOf?: BlobBytes): Uint8Array {
    const options = bytesOf === undefined ? this.#options : { ...this.#options, bytesOf };
    return this.#digester.digest(this.#projected(value), options);
  }

  /** Why the other side of the mapping can never hold this record; undefined when it can. */
  refusalOf(key: Uint8Array, value: unknown): string | undefined {
    if (this.#columns === undefined || value instanceof Unreadable) return undefined;
    return this.#columns.refusalOf(key, value);
  }

  /** The record with its reason, where the other side can never hold it. */
  refusedSlot(key: Uint8Array, value: unknown): RefusedSlot | undefined {
    const reason = this.refusalOf(key, value);
    return reason === undefined ? undefined : { state: "notRepresentable", reason, body: shownText(value) };
  }

  /** What is to be put where `old` is: what the mapping leaves out stays as it is there (decision 19). */
  keepRest(value: unknown, old: unknown): unknown {
    if (this.#columns !== undefined) return this.#columns.projection.putInto(old, value);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    for (const name of this.#ignore) {
      Reflect.deleteProperty(value, name);
      const kept =
        typeof old === "object" && old !== null ? Object.getOwnPropertyDescriptor(old, name) : undefined;
      if (kept !== undefined) Object.defineProperty(value, name, kept);
    }
    return value;
  }

  /** A new object with what the mapping leaves out; undefined where that is nothing. */
  restOf(value: unknown): object | undefined {
    if (this.#columns !== undefined) return this.#columns.projection.restOf(value);
    if (this.#ignore.size === 0 || typeof value !== "object" || value === null) return undefined;
    const names = Object.keys(value).filter((name) => this.#ignore.has(name));
    if (names.length === 0) return undefined;
    const rest = {};
    for (const name of names) setField(rest, name, (value as Record<string, unknown>)[name]);
    return rest;
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
      const { bytesOf } = digested;
      const body = encodeValue(this.#bodyOf(value), bytesOf === undefined ? {} : { bytesOf });
      if (body.length > BODY_UNITS) {
        return { state: "unreadable", reason: `The record is too large to transfer (${body.length} units).` };
      }
      const blocked = maybeOpaque(body) ? blockedReason(value) : undefined;
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

  /** As `slot`, with what the mapping leaves out beside it. */
  async slotWithRest(value: unknown): Promise<Slot> {
    const rest = value instanceof Unreadable ? undefined : this.restOf(value);
    const slot = await this.slot(value);
    if (rest === undefined || slot.state !== "present") return slot;
    const blocked = blockedReason(rest);
    if (blocked !== undefined) return { ...slot, blocked };
    try {
      const hasFiles = inspectValue(rest).blobs.length > 0;
      return { ...slot, rest: encodeValue(rest, hasFiles ? { bytesOf: await readBlobBytes(rest) } : {}) };
    } catch (error) {
      return { state: "unreadable", reason: reasonOf(error) };
    }
  }

  #bodyOf(value: unknown): unknown {
    if (this.#columns !== undefined) return this.#projected(value);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) {
      for (const name of this.#ignore) Reflect.deleteProperty(value, name);
    }
    return value;
  }

  #projected(value: unknown): unknown {
    if (this.#columns === undefined) return value;
    const projected = this.#columns.projection.project(value);
    if (projected instanceof NotRepresentable) throw new NotProjected(projected.reason);
    return projected;
  }
}

/** The record has no part that takes part in the mapping. */
class NotProjected extends Error {
  override readonly name = "NotProjected";
}

/** For people to look at; nothing where it is too much. */
function shownText(value: unknown): string {
  try {
    const text = encodeValue(value);
    return text.length > BODY_UNITS ? "" : text;
  } catch {
    return "";
  }
}

/** In the text of every value that holds something opaque. */
const OPAQUE_TAG = JSON.stringify(Tag.opaque);

/**
 * Whether the value of this text can hold something opaque: a look that is cheaper than an inspection. Somebody
 * else's text may spell the tag with escapes.
 */
export function maybeOpaque(body: string): boolean {
  return body.includes(OPAQUE_TAG) || body.includes("\\u");
}

const TOO_LARGE = `The record's files are too large to guard (more than ${BLOB_BYTES / 1024 / 1024} MB).`;

/** Why a record must not be overwritten or copied; undefined where nothing speaks against it. */
export function blockedReason(value: unknown): string | undefined {
  const { opaque } = inspectValue(value);
  return opaque.length === 0 ? undefined : `It holds what cannot be copied: ${opaque.join(", ")}.`;
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown }).code;
}
