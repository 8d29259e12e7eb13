import { encodeBase64 } from "./base64.ts";
import {
  type BlobParts,
  blobParts,
  bufferByteLength,
  bytesOfBuffer,
  forEachOfMap,
  forEachOfSet,
  imageParts,
  maxByteLengthOf,
  regexpFlags,
  regexpSource,
  timeOf,
  unbox,
  type ViewParts,
  viewParts,
} from "./brands.ts";
import { CodecError } from "./codec-error.ts";
import { describeOpaque } from "./describe-opaque.ts";
import { isDense, isPolluted } from "./enumeration.ts";
import { errorParts } from "./error-parts.ts";
import { isLengthTracking } from "./length-tracking.ts";
import { kindOf, type ObjectKind } from "./object-kind.ts";
import type { BlobValue, ImageDataValue, OpaqueValue } from "./platform-values.ts";
import {
  BIGINT_PREFIX,
  BYTES_PREFIX,
  DATE_PREFIX,
  ESCAPE,
  MAX_NESTING,
  REFERENCE_PREFIX,
  ROW_PREFIX,
  TABLE_PREFIX,
  Tag,
} from "./text-format.ts";
import { viewTypeOf } from "./typed-arrays.ts";

export interface EncodeOptions {
  /** The bytes of a Blob or File inside, where they have been read. */
  readonly bytesOf?: ((blob: Blob) => Uint8Array | undefined) | undefined;
}

type Json = null | boolean | number | string | object;

const stringify = JSON.stringify;
const ESCAPE_UNIT = ESCAPE.charCodeAt(0);
const OBJECT_PROTOTYPE = Object.prototype;
const ARRAY_PROTOTYPE = Array.prototype;
/** Up to this many objects, a search through a list beats a Map. */
const MAX_LISTED = 16;

/** Kept between values. Taken while one is encoded: `bytesOf` or a getter may encode another meanwhile. */
let idleEncoder: ValueEncoder | undefined;

/**
 * The text of a value (format: text-format.ts). Takes what IndexedDB gives, from any realm, and the stand-ins
 * of platform-values.ts; keeps everything that structured cloning keeps: property order, shared and cyclic
 * references, -0, holes, lone surrogates, the buffers that views share. The value is not changed.
 *
 * @throws CodecError "needs-bytes" with `.blobs`, all that lack bytes; "not-cloneable".
 */
export function encodeValue(value: unknown, options: EncodeOptions = {}): string {
  const encoder = idleEncoder ?? new ValueEncoder();
  idleEncoder = undefined;
  try {
    return encoder.encode(value, options.bytesOf);
  } finally {
    encoder.forget();
    idleEncoder = encoder;
  }
}

/**
 * Turns a value into what JSON.stringify writes as the value's text: the value itself where it is plain, and
 * else a copy of those objects only that lead to something which JSON cannot say. JSON.stringify is native,
 * and with the copies still about twice as fast as putting the text together here.
 */
class ValueEncoder {
  /** How many objects were met. Their numbers are their places in `#first`, and in `#numbers` when they are many. */
  #count = 0;
  readonly #first: (object | undefined)[] = new Array(MAX_LISTED).fill(undefined);
  #numbers: Map<object, number> | undefined;
  /** Objects whose row is yet to come, in order; row 0 is the value itself. */
  #deferred: object[] = [];
  #isPlain = true;
  #missing: (Blob | BlobValue)[] = [];
  #bytesOf: EncodeOptions["bytesOf"];
  /** Even this realm's prototypes have been tampered with, so that no object can be used as it is. */
  #isPolluted = false;

  encode(value: unknown, bytesOf: EncodeOptions["bytesOf"]): string {
    this.#bytesOf = bytesOf;
    this.#isPlain = true;
    this.#isPolluted = isPolluted();
    const first = this.#convert(value, 0);
    if (this.#isPlain && this.#missing.length === 0) return stringify(first);
    const rows = [first];
    for (let row = 0; row < this.#deferred.length; row++) {
      const object = this.#deferred[row] as object;
      rows.push(this.#convertContent(object, kindOf(object), 0));
    }
    if (this.#missing.length > 0) throw needsBytes(this.#missing);
    return TABLE_PREFIX + stringify(this.#shielded(rows));
  }

  /** Lets go of the value: an idle encoder must not keep a page's records alive. */
  forget(): void {
    for (let i = Math.min(this.#count, MAX_LISTED) - 1; i >= 0; i--) this.#first[i] = undefined;
    this.#count = 0;
    this.#numbers = undefined;
    this.#deferred = [];
    this.#missing = [];
    this.#bytesOf = undefined;
  }

  #convert(value: unknown, depth: number): Json {
    if (isPlainPrimitive(value)) return value;
    switch (typeof value) {
      case "string":
        this.#isPlain = false;
        return ESCAPE + value;
      case "number":
        this.#isPlain = false;
        return ESCAPE + (value === 0 ? "-0" : String(value));
      case "object":
        return this.#convertObject(value as object, depth);
      case "undefined":
        this.#isPlain = false;
        return "~undefined";
      case "bigint":
        this.#isPlain = false;
        return BIGINT_PREFIX + value.toString(16);
      default:
        throw new CodecError(
          "not-cloneable",
          `A ${typeof value} cannot be stored in IndexedDB, nor encoded.`,
        );
    }
  }

  #convertObject(object: object, depth: number): Json {
    const number = this.#numberOf(object);
    if (number !== undefined) {
      this.#isPlain = false;
      return REFERENCE_PREFIX + number;
    }
    this.#remember(object);
    // Most objects; this much of kindOf is worth repeating here.
    const isArray = Array.isArray(object);
    const kind = isArray
      ? "array"
      : Object.getPrototypeOf(object) === OBJECT_PROTOTYPE
        ? "object"
        : kindOf(object);
    if (depth >= MAX_NESTING && isContainer(kind)) {
      this.#isPlain = false;
      return ROW_PREFIX + this.#deferred.push(object);
    }
    return this.#convertContent(object, kind, depth);
  }

  #convertContent(object: object, kind: ObjectKind, depth: number): Json {
    if (kind === "object") return this.#convertPlainObject(object as Record<string, unknown>, depth);
    if (kind === "array") return this.#convertArray(object as readonly unknown[], depth);
    this.#isPlain = false;
    return this.#convertSpecial(object, kind, depth);
  }

  #convertPlainObject(object: Record<string, unknown>, depth: number): Json {
    const prototype: unknown = Object.getPrototypeOf(object);
    if ((prototype !== OBJECT_PROTOTYPE && prototype !== null) || this.#isPolluted) {
      return this.#copyPlainObject(object, depth);
    }
    let copy: Record<string, unknown> | undefined;
    for (const key in object) {
      const value = object[key];
      if (isPlainPrimitive(value)) continue;
      const converted = this.#convert(value, depth + 1);
      if (converted === value) continue;
      // Own property after own property, a `__proto__` too, so that assigning below never meets a setter.
      copy ??= { ...object };
      copy[key] = converted;
    }
    return copy ?? object;
  }

  /** For objects whose prototype is not known to be clean: JSON.stringify would call its `toJSON`. */
  #copyPlainObject(object: Record<string, unknown>, depth: number): Record<string, unknown> {
    const copy: Record<string, unknown> = Object.create(null);
    for (const key of Object.keys(object)) copy[key] = this.#convert(object[key], depth + 1);
    return copy;
  }

  #convertArray(array: readonly unknown[], depth: number): Json {
    if (!isDense(array)) {
      this.#isPlain = false;
      return this.#tagged(
        Tag.array,
        array.length,
        this.#copyPlainObject(array as unknown as Record<string, unknown>, depth),
      );
    }
    const isClean = Object.getPrototypeOf(array) === ARRAY_PROTOTYPE && !this.#isPolluted;
    let copy: unknown[] | undefined = isClean ? undefined : this.#shielded(new Array(array.length));
    for (let i = 0; i < array.length; i++) {
      const value = array[i];
      const converted = isPlainPrimitive(value) ? value : this.#convert(value, depth + 1);
      if (copy === undefined) {
        if (converted === value) continue;
        copy = array.slice();
      }
      copy[i] = converted;
    }
    return copy ?? array;
  }

  #convertSpecial(object: object, kind: ObjectKind, depth: number): Json {
    switch (kind) {
      case "date":
        return DATE_PREFIX + timeOf(object);
      case "view":
        return this.#convertView(object as ArrayBufferView);
      case "buffer":
        return this.#convertBuffer(object as ArrayBuffer);
      case "map": {
        const tagged = this.#tagged(Tag.map);
        forEachOfMap(object, (value, key) => {
          tagged.push(this.#convert(key, depth + 1), this.#convert(value, depth + 1));
        });
        return tagged;
      }
      case "set": {
        const tagged = this.#tagged(Tag.set);
        forEachOfSet(object, (value) => {
          tagged.push(this.#convert(value, depth + 1));
        });
        return tagged;
      }
      case "regexp":
        return this.#tagged(Tag.regexp, regexpSource(object), regexpFlags(object));
      case "boxed":
        return this.#tagged(Tag.boxed, this.#convert(unbox(object), depth));
      case "error":
        return this.#convertError(object, depth);
      case "blob":
        return this.#convertBlob(object as Blob, blobParts(object as Blob), this.#bytesOf?.(object as Blob));
      case "blobValue":
        return this.#convertBlob(object as BlobValue, object as BlobValue, (object as BlobValue).bytes);
      case "image":
        return this.#convertImage(imageParts(object as ImageData) as ImageDataValue);
      case "imageValue":
        return this.#convertImage(object as ImageDataValue);
      case "opaqueValue":
        return this.#convertOpaque(object as OpaqueValue);
      default:
        return this.#convertOpaque(describeOpaque(object));
    }
  }

  #convertError(error: object, depth: number): Json {
    const { name, message, stack, hasCause, cause } = errorParts(error);
    const properties: Record<string, Json> = Object.create(null);
    if (message !== undefined) properties.message = message;
    if (stack !== undefined) properties.stack = stack;
    if (hasCause) properties.cause = this.#convert(cause, depth + 1);
    return this.#tagged(Tag.error, name, properties);
  }

  #convertBuffer(buffer: ArrayBuffer): Json {
    const bytes = bytesOfBuffer(buffer);
    if (bytes === undefined)
      throw new CodecError("not-cloneable", "A detached ArrayBuffer cannot be encoded.");
    const maxByteLength = maxByteLengthOf(buffer);
    const base64 = encodeBase64(bytes);
    return maxByteLength === undefined
      ? this.#tagged(Tag.buffer, base64)
      : this.#tagged(Tag.buffer, base64, maxByteLength);
  }

  #convertView(view: ArrayBufferView): Json {
    const parts = viewParts(view);
    if (parts === undefined) {
      throw new CodecError(
        "not-cloneable",
        "A view of a detached, shared or shrunken buffer cannot be encoded.",
      );
    }
    if (this.#isWholeBytes(parts)) {
      this.#remember(parts.buffer);
      return BYTES_PREFIX + encodeBase64(new Uint8Array(parts.buffer));
    }
    const buffer = this.#convertObject(parts.buffer, 0);
    const name = parts.typeName ?? "DataView";
    const length = parts.byteLength / (viewTypeOf(name)?.elementBytes ?? 1);
    return this.#tagged(
      Tag.view,
      name,
      buffer,
      parts.byteOffset,
      isLengthTracking(view, parts) ? null : length,
    );
  }

  #isWholeBytes({ typeName, buffer, byteLength }: ViewParts): boolean {
    return (
      typeName === "Uint8Array" &&
      byteLength === bufferByteLength(buffer) &&
      maxByteLengthOf(buffer) === undefined &&
      this.#numberOf(buffer) === undefined
    );
  }

  #convertBlob(blob: Blob | BlobValue, parts: BlobParts, bytes: Uint8Array | undefined): Json {
    if (bytes === undefined) {
      this.#missing.push(blob);
      return null;
    }
    const base64 = encodeBase64(bytes);
    return parts.name === undefined
      ? this.#tagged(Tag.blob, parts.type, base64)
      : this.#tagged(Tag.file, parts.name, parts.type, parts.lastModified ?? 0, base64);
  }

  #convertImage({ width, height, colorSpace, bytes }: ImageDataValue): Json {
    return this.#tagged(Tag.image, width, height, colorSpace, encodeBase64(bytes));
  }

  #convertOpaque({ typeName, description }: OpaqueValue): Json {
    return this.#tagged(Tag.opaque, typeName, description);
  }

  #tagged(...members: Json[]): Json[] {
    return this.#shielded(members);
  }

  /** An own `toJSON` that is no function hides what a page has put on Array.prototype. */
  #shielded<T extends unknown[]>(array: T): T {
    if (this.#isPolluted) Object.defineProperty(array, "toJSON", { value: undefined });
    return array;
  }

  #numberOf(object: object): number | undefined {
    if (this.#numbers !== undefined) return this.#numbers.get(object);
    for (let i = 0; i < this.#count; i++) if (this.#first[i] === object) return i;
    return undefined;
  }

  #remember(object: object): void {
    const number = this.#count++;
    if (number < MAX_LISTED) this.#first[number] = object;
    else this.#rememberInMap(object, number);
  }

  #rememberInMap(object: object, number: number): void {
    this.#numbers ??= new Map(this.#first.map((known, index) => [known as object, index]));
    this.#numbers.set(object, number);
  }
}

/** Whether JSON says this value as it is. */
function isPlainPrimitive(value: unknown): value is Json {
  if (typeof value === "string") return value.charCodeAt(0) !== ESCAPE_UNIT;
  // Infinity - Infinity and NaN - NaN are NaN.
  if (typeof value === "number") return value - value === 0 && (value !== 0 || 1 / value > 0);
  return value === null || typeof value === "boolean";
}

function isContainer(kind: ObjectKind): boolean {
  return kind === "object" || kind === "array" || kind === "map" || kind === "set" || kind === "error";
}

function needsBytes(blobs: readonly (Blob | BlobValue)[]): CodecError {
  return new CodecError(
    "needs-bytes",
    `The bytes of ${blobs.length} Blobs or Files inside must be read first.`,
    {
      blobs,
    },
  );
}
