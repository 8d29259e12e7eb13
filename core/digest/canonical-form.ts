import {
  type BlobParts,
  blobParts,
  bytesOfBuffer,
  bytesOfView,
  forEachOfMap,
  forEachOfSet,
  imageParts,
  mapSize,
  maxByteLengthOf,
  regexpFlags,
  regexpSource,
  setSize,
  timeOf,
  typedArrayName,
  unbox,
} from "../codec/brands.ts";
import { describeOpaque } from "../codec/describe-opaque.ts";
import { isDense, isPolluted } from "../codec/enumeration.ts";
import { errorParts } from "../codec/error-parts.ts";
import { kindOf, type ObjectKind } from "../codec/object-kind.ts";
import type { BlobValue, ImageDataValue, OpaqueValue } from "../codec/platform-values.ts";
import { DigestError } from "./digest-error.ts";
import { FormTag } from "./form-tag.ts";
import { putNumber, putString, WORDS_FOR_NUMBER, wordsForString } from "./put-words.ts";
import { ShapeCache, type ShapeNode } from "./shape-cache.ts";
import { WordBuffer } from "./word-buffer.ts";

export interface FormOptions {
  /** Names of top-level properties to leave out. */
  readonly ignore?: ReadonlySet<string> | undefined;
  /** The bytes of a Blob or File inside, where they have been read. */
  readonly bytesOf?: ((blob: Blob) => Uint8Array | undefined) | undefined;
}

/** On the stack below the values of an object: with them, the object is done. */
const LEAVE = Symbol("leave");
/** Up to this many ancestors, a search through their list beats a Map. */
const MAX_LISTED = 32;
/** Longest form, in words, in which what is shared is written out each time. */
const MAX_UNFOLDED_WORDS = 1024 * 1024;
const OBJECT_PROTOTYPE = Object.prototype;
/** Lists that have grown past these lengths are let go after use. */
const KEPT_STACK = 1024;
const KEPT_VALUES = 64;

/** Nobody else's: no opaque object equals one that another side has seen. */
const opaqueNonce = crypto.getRandomValues(new Int32Array(4));

/**
 * The canonical form of a value: 32-bit words, equal for equal values and different for different ones.
 *
 * - Every part starts with its tag and tells its own length, so that no two values give the same words.
 * - The names of an object's properties are their shape digest; the values follow in the order of the sorted
 *   names. Property order does not count; Map and Set order does.
 * - 0 and -0 differ; NaN is one value; strings count by code unit; holes differ from undefined.
 * - A view counts by type and content, not by what else its buffer holds. An error counts without its stack.
 *   A Blob counts by type and bytes, a File by its name and time too.
 * - **Sharing does not count**: `{a: x, b: x}` equals `{a: x, b: copyOfX}`, since nobody sees a difference and
 *   a backend's columns cannot hold one. An object within itself is written as the distance to itself.
 *   Written out, a graph can be endlessly larger than it is. One whose form would pass 4 MiB is therefore
 *   written otherwise, with objects numbered as they are met, and there sharing does count.
 * - An **opaque object** (CryptoKey, file handles) has a form of its own here in this engine, as long as it
 *   runs, and nowhere else: it never equals anything on another side. Its record is to be shown as blocked.
 */
export class CanonicalForm {
  readonly buffer = new WordBuffer();
  readonly #shapes = new ShapeCache();
  readonly #shapeDigest = new Int32Array(4);
  /** The values of one object, as enumerated. */
  #values: unknown[] = [];
  #stack: unknown[] = [];
  #height = 0;
  /** The objects that the next value is in, outermost first; in `#depths` as well when they are many. */
  #ancestors: object[] = [];
  #depths: Map<object, number> | undefined;
  /** Set while numbering: the number of every object met. */
  #numbers: Map<object, number> | undefined;
  #missing: (Blob | BlobValue)[] = [];
  #bytesOf: FormOptions["bytesOf"];
  #isPolluted = false;

  /**
   * Writes the form into `buffer`.
   *
   * @throws DigestError
   */
  write(value: unknown, options: FormOptions): void {
    this.#bytesOf = options.bytesOf;
    this.#isPolluted = isPolluted();
    if (!this.#writeAll(value, options.ignore, MAX_UNFOLDED_WORDS)) {
      this.clear();
      this.#bytesOf = options.bytesOf;
      this.#numbers = new Map();
      this.buffer.word(FormTag.numberedForm);
      this.#writeAll(value, options.ignore, Number.POSITIVE_INFINITY);
    }
    if (this.#missing.length > 0) {
      const count = this.#missing.length;
      throw new DigestError(
        "needs-bytes",
        `The bytes of ${count} Blobs or Files inside must be read first.`,
        this.#missing,
      );
    }
  }

  /** Lets go of the value and empties the buffer. */
  clear(): void {
    this.buffer.clear();
    if (this.#stack.length > KEPT_STACK) this.#stack = [];
    if (this.#values.length > KEPT_VALUES) this.#values = [];
    // Loops, since `fill` costs more than it saves on a few places.
    for (let i = 0; i < this.#values.length; i++) this.#values[i] = undefined;
    while (this.#height > 0) this.#stack[--this.#height] = undefined;
    if (this.#ancestors.length > 0) this.#ancestors = [];
    this.#depths = undefined;
    this.#numbers = undefined;
    if (this.#missing.length > 0) this.#missing = [];
    this.#bytesOf = undefined;
  }

  /** Depth first with a stack of its own; false when the form would be longer than `maxWords`. */
  #writeAll(root: unknown, ignore: ReadonlySet<string> | undefined, maxWords: number): boolean {
    if (!this.#writePrimitive(root)) this.#writeObject(root as object, ignore);
    while (this.#height > 0) {
      const value = this.#stack[--this.#height];
      this.#stack[this.#height] = undefined;
      if (value === LEAVE) this.#leave();
      else if (!this.#writePrimitive(value)) this.#writeObject(value as object, undefined);
      if (this.buffer.length > maxWords) return false;
    }
    return this.buffer.length <= maxWords;
  }

  /** False for an object, of which nothing was written. */
  #writePrimitive(value: unknown): boolean {
    const buffer = this.buffer;
    switch (typeof value) {
      case "string":
        buffer.string(value);
        return true;
      case "number":
        buffer.reserve(WORDS_FOR_NUMBER);
        buffer.length = putNumber(buffer.words, buffer.length, value);
        return true;
      case "boolean":
        buffer.word(value ? FormTag.true : FormTag.false);
        return true;
      case "object":
        if (value !== null) return false;
        buffer.word(FormTag.null);
        return true;
      case "undefined":
        buffer.word(FormTag.undefined);
        return true;
      case "bigint":
        buffer.word(FormTag.bigint);
        buffer.string(value.toString(16));
        return true;
      default:
        throw new DigestError(
          "not-cloneable",
          `A ${typeof value} cannot be stored in IndexedDB, nor digested.`,
        );
    }
  }

  /**
   * Writes values while they are primitive, in the given order of `count` places; returns the place of the
   * first object, `count` if there is none. As #writePrimitive for each, but three times as fast: a record is
   * mostly strings and numbers, and the words are written through locals here.
   */
  #writePrimitives(values: readonly unknown[], order: readonly number[] | undefined, count: number): number {
    const buffer = this.buffer;
    let words = buffer.words;
    let at = buffer.length;
    for (let i = 0; i < count; i++) {
      const value = values[order === undefined ? i : (order[i] as number)];
      const needed = typeof value === "string" ? wordsForString(value) : WORDS_FOR_NUMBER;
      if (at + needed > words.length) {
        buffer.length = at;
        buffer.reserve(needed);
        words = buffer.words;
      }
      if (typeof value === "string") {
        at = putString(words, at, value);
      } else if (typeof value === "number") {
        at = putNumber(words, at, value);
      } else {
        buffer.length = at;
        if (!this.#writePrimitive(value)) return i;
        words = buffer.words;
        at = buffer.length;
      }
    }
    buffer.length = at;
    return count;
  }

  #writeObject(object: object, ignore: ReadonlySet<string> | undefined): void {
    if (this.#writeBackReference(object)) return;
    const prototype: unknown = Object.getPrototypeOf(object);
    // Most objects; this much of kindOf is worth repeating here.
    const kind = prototype === OBJECT_PROTOTYPE && !Array.isArray(object) ? "object" : kindOf(object);
    switch (kind) {
      case "object":
        this.#writePlainObject(object as Record<string, unknown>, ignore);
        break;
      case "array":
        this.#writeArray(object as readonly unknown[]);
        break;
      case "map":
        this.#writeMap(object);
        break;
      case "set":
        this.#writeSet(object);
        break;
      case "error":
        this.#writeError(object);
        break;
      default:
        this.#writeLeaf(object, kind);
    }
  }

  /** Writes an object that is within itself or, while numbering, was met before. */
  #writeBackReference(object: object): boolean {
    if (this.#numbers !== undefined) {
      const number = this.#numbers.get(object);
      if (number === undefined) {
        this.#numbers.set(object, this.#numbers.size);
        return false;
      }
      this.buffer.word(FormTag.numbered);
      this.buffer.word(number);
      return true;
    }
    const depth =
      this.#depths === undefined ? this.#ancestors.indexOf(object) : (this.#depths.get(object) ?? -1);
    if (depth === -1) return false;
    this.buffer.word(FormTag.ancestor);
    this.buffer.word(this.#ancestors.length - depth);
    return true;
  }

  #enter(object: object): void {
    this.#push(LEAVE);
    if (this.#numbers !== undefined) return;
    const depth = this.#ancestors.push(object) - 1;
    if (depth < MAX_LISTED) return;
    this.#depths ??= new Map(this.#ancestors.map((ancestor, index) => [ancestor, index]));
    this.#depths.set(object, depth);
  }

  #leave(): void {
    const object = this.#ancestors.pop();
    if (object !== undefined) this.#depths?.delete(object);
    if (this.#ancestors.length <= MAX_LISTED) this.#depths = undefined;
  }

  #push(value: unknown): void {
    this.#stack[this.#height++] = value;
  }

  #writePlainObject(object: Record<string, unknown>, ignore: ReadonlySet<string> | undefined): void {
    this.buffer.word(FormTag.object);
    this.#writeProperties(object, ignore);
  }

  /** The own properties: the digest of their names, then their values in the order of the sorted names. */
  #writeProperties(object: Record<string, unknown>, ignore: ReadonlySet<string> | undefined): void {
    const node = this.#collect(object, ignore);
    if (node === undefined) {
      this.#writeUncached(object, ignore);
      return;
    }
    const shape =
      node.shape ?? this.#shapes.shapeAt(node, ignore === undefined ? object : without(object, ignore));
    this.buffer.digest(shape.digest);
    const { order } = shape;
    const first = this.#writePrimitives(this.#values, order, order.length);
    if (first === order.length) return;
    // The first object and what comes after it wait on the stack.
    this.#enter(object);
    for (let i = order.length - 1; i >= first; i--) this.#push(this.#values[order[i] as number]);
  }

  /** Puts the values into `#values` as enumerated; returns the shape's node, undefined if it is not cached. */
  #collect(object: Record<string, unknown>, ignore: ReadonlySet<string> | undefined): ShapeNode | undefined {
    const values = this.#values;
    let node: ShapeNode | undefined = this.#shapes.root;
    let count = 0;
    if (ignore === undefined && !this.#isPolluted && hasCleanPrototype(object)) {
      for (const name in object) {
        values[count++] = object[name];
        node = node.lastName === name ? node.last : this.#shapes.step(node, name);
        if (node === undefined) return undefined;
      }
      return node;
    }
    for (const name of Object.keys(object)) {
      if (ignore?.has(name)) continue;
      values[count++] = object[name];
      node = node.lastName === name ? node.last : this.#shapes.step(node, name);
      if (node === undefined) return undefined;
    }
    return node;
  }

  #writeUncached(object: Record<string, unknown>, ignore: ReadonlySet<string> | undefined): void {
    const names = Object.keys(ignore === undefined ? object : without(object, ignore)).sort();
    this.#shapes.digestSorted(names, this.#shapeDigest);
    this.buffer.digest(this.#shapeDigest);
    this.#enter(object);
    for (let i = names.length - 1; i >= 0; i--) this.#push(object[names[i] as string]);
  }

  #writeArray(array: readonly unknown[]): void {
    const buffer = this.buffer;
    if (!isDense(array)) {
      buffer.word(FormTag.sparseArray);
      buffer.word(array.length);
      this.#writeProperties(array as unknown as Record<string, unknown>, undefined);
      return;
    }
    buffer.word(FormTag.array);
    buffer.word(array.length);
    const first = this.#writePrimitives(array, undefined, array.length);
    if (first === array.length) return;
    this.#enter(array);
    for (let i = array.length - 1; i >= first; i--) this.#push(array[i]);
  }

  #writeMap(map: object): void {
    this.buffer.word(FormTag.map);
    this.buffer.word(mapSize(map));
    const members: unknown[] = [];
    forEachOfMap(map, (value, key) => members.push(key, value));
    this.#enterWith(map, members);
  }

  #writeSet(set: object): void {
    this.buffer.word(FormTag.set);
    this.buffer.word(setSize(set));
    const members: unknown[] = [];
    forEachOfSet(set, (value) => members.push(value));
    this.#enterWith(set, members);
  }

  #enterWith(object: object, members: readonly unknown[]): void {
    this.#enter(object);
    for (let i = members.length - 1; i >= 0; i--) this.#push(members[i]);
  }

  #writeError(error: object): void {
    const { name, message, hasCause, cause } = errorParts(error);
    const buffer = this.buffer;
    buffer.word(FormTag.error);
    buffer.string(name);
    if (message !== undefined) {
      buffer.word(FormTag.errorMessage);
      buffer.string(message);
    }
    buffer.word(hasCause ? FormTag.errorCause : FormTag.end);
    if (hasCause) this.#enterWith(error, [cause]);
  }

  /** An object without values that could lead back to it. */
  #writeLeaf(object: object, kind: ObjectKind): void {
    const buffer = this.buffer;
    switch (kind) {
      case "date":
        this.#writeDate(timeOf(object));
        break;
      case "view":
        buffer.word(FormTag.view);
        buffer.string(typedArrayName(object) ?? "DataView");
        this.#writeBytes(bytesOfView(object as ArrayBufferView));
        break;
      case "buffer":
        this.#writeBuffer(object as ArrayBuffer);
        break;
      case "regexp":
        buffer.word(FormTag.regexp);
        buffer.string(regexpSource(object));
        buffer.string(regexpFlags(object));
        break;
      case "boxed":
        buffer.word(FormTag.boxed);
        this.#writePrimitive(unbox(object));
        break;
      case "blob":
        this.#writeBlob(object as Blob, blobParts(object as Blob), this.#bytesOf?.(object as Blob));
        break;
      case "blobValue":
        this.#writeBlob(object as BlobValue, object as BlobValue, (object as BlobValue).bytes);
        break;
      case "image":
        this.#writeImage(imageParts(object as ImageData) as ImageDataValue);
        break;
      case "imageValue":
        this.#writeImage(object as ImageDataValue);
        break;
      case "opaqueValue":
        this.#writeOpaque(object as OpaqueValue);
        break;
      default:
        this.#writeOpaque(describeOpaque(object));
    }
  }

  #writeDate(time: number): void {
    if (Number.isNaN(time)) this.buffer.word(FormTag.invalidDate);
    else this.buffer.double(FormTag.date, time);
  }

  #writeBuffer(arrayBuffer: ArrayBuffer): void {
    const maxByteLength = maxByteLengthOf(arrayBuffer);
    if (maxByteLength === undefined) this.buffer.word(FormTag.buffer);
    else this.buffer.double(FormTag.resizableBuffer, maxByteLength);
    this.#writeBytes(bytesOfBuffer(arrayBuffer));
  }

  #writeBytes(bytes: Uint8Array | undefined): void {
    if (bytes === undefined) {
      throw new DigestError(
        "not-cloneable",
        "A detached or shared buffer, or a view of one, cannot be digested.",
      );
    }
    this.buffer.bytes(bytes);
  }

  #writeBlob(blob: Blob | BlobValue, parts: BlobParts, bytes: Uint8Array | undefined): void {
    if (bytes === undefined) {
      this.#missing.push(blob);
      return;
    }
    const buffer = this.buffer;
    buffer.word(parts.name === undefined ? FormTag.blob : FormTag.file);
    buffer.string(parts.type);
    if (parts.name !== undefined) {
      buffer.string(parts.name);
      buffer.double(FormTag.double, parts.lastModified ?? 0);
    }
    this.#writeBytes(bytes);
  }

  #writeImage({ width, height, colorSpace, bytes }: ImageDataValue): void {
    const buffer = this.buffer;
    buffer.word(FormTag.image);
    buffer.word(width);
    buffer.word(height);
    buffer.string(colorSpace);
    this.#writeBytes(bytes);
  }

  #writeOpaque({ typeName, description }: OpaqueValue): void {
    this.buffer.word(FormTag.opaque);
    this.buffer.digest(opaqueNonce);
    this.buffer.string(typeName);
    this.buffer.string(description);
  }
}

function hasCleanPrototype(object: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === OBJECT_PROTOTYPE || prototype === null;
}

function without(object: Record<string, unknown>, ignore: ReadonlySet<string>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !ignore.has(name)));
}
