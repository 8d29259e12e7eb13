import { decodeBase64 } from "./base64.ts";
import { CodecError } from "./codec-error.ts";
import { BlobValue, ImageDataValue, OpaqueValue, type PlatformFactory } from "./platform-values.ts";
import {
  BIGINT_PREFIX,
  BYTES_PREFIX,
  DATE_PREFIX,
  ERROR_NAMES,
  ESCAPE,
  MAX_NESTING,
  REFERENCE_PREFIX,
  ROW_PREFIX,
  TABLE_MARK,
  TABLE_PREFIX,
  TAG_PREFIX,
  Tag,
} from "./text-format.ts";
import { isViewName, viewTypeOf } from "./typed-arrays.ts";

export interface DecodeLimits {
  /** Longest text, in UTF-16 code units: it bounds what strings, buffers and blobs take. */
  readonly maxLength?: number;
  /** Most objects and members. */
  readonly maxNodes?: number;
  /** Most bytes that resizable buffers may reserve together. */
  readonly maxReservedBytes?: number;
}

export interface DecodeOptions {
  /** Builds real platform objects; without it they become the stand-ins of platform-values.ts. */
  readonly platform?: PlatformFactory | undefined;
  readonly limits?: DecodeLimits | undefined;
}

const DEFAULT_LIMITS = {
  maxLength: 256 * 1024 * 1024,
  maxNodes: 32 * 1024 * 1024,
  maxReservedBytes: 1024 * 1024 * 1024,
} as const;
type Limits = Readonly<Record<keyof typeof DEFAULT_LIMITS, number>>;

const ESCAPE_UNIT = ESCAPE.charCodeAt(0);
const errorClasses = new Map<string, ErrorConstructor>(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((ErrorClass, i) => [
    ERROR_NAMES[i] as string,
    ErrorClass as ErrorConstructor,
  ]),
);
const MAX_ARRAY_LENGTH = 2 ** 32 - 1;
/** Engines store an array sparsely when an element leaves a gap of more than 1,024 before it. */
const LONGEST_FLAT_ARRAY = 1024;

/**
 * The value of a text that encodeValue gave; `encodeValue(decodeValue(text))` is that text. Any other input is
 * an error or a value, in time and memory proportional to its length, and touches no prototype.
 *
 * @throws CodecError "malformed-value", "too-large", or "unsupported-type" where this engine lacks a type.
 */
export function decodeValue(text: string, options: DecodeOptions = {}): unknown {
  const limits: Limits = { ...DEFAULT_LIMITS, ...options.limits };
  if (typeof text !== "string") throw malformed("it is no string");
  if (text.length > limits.maxLength) throw tooLarge(`${text.length} characters`, limits.maxLength);
  if (!text.startsWith(TABLE_MARK)) {
    const value = parseJson(text);
    // Every node takes at least two characters, so that most texts need no counting.
    if (text.length / 2 > limits.maxNodes) requireNodes(value, limits.maxNodes);
    return value;
  }
  if (!text.startsWith(TABLE_PREFIX)) {
    throw malformed("its version is not known here; a newer Driftscope may have written it");
  }
  const rows = parseJson(text.slice(TABLE_PREFIX.length));
  if (!Array.isArray(rows) || rows.length === 0) throw malformed("it has no rows");
  return new ValueDecoder(rows, options.platform, limits).decode();
}

type JsonObject = Record<string, unknown>;

/**
 * Turns the rows, in place, into the value: a JSON object or array that stands for itself becomes the object
 * of the value, so that only what JSON cannot say is built.
 */
class ValueDecoder {
  readonly #rows: readonly unknown[];
  readonly #platform: PlatformFactory | undefined;
  readonly #limits: Limits;
  /** By number; undefined while a view's buffer is being made. */
  readonly #objects: (object | undefined)[] = [];
  /** Rows that were named, whose object exists and whose members are yet to come. */
  readonly #begun: { readonly node: object; readonly object: object }[] = [];
  #nextRow = 1;
  #nodes = 0;
  #reservedBytes = 0;

  constructor(rows: readonly unknown[], platform: PlatformFactory | undefined, limits: Limits) {
    this.#rows = rows;
    this.#platform = platform;
    this.#limits = limits;
  }

  decode(): unknown {
    const value = this.#revive(this.#rows[0], 0);
    for (let i = 0; i < this.#begun.length; i++) {
      const { node, object } = this.#begun[i] as { node: object; object: object };
      this.#fill(node, object, 0);
    }
    if (this.#nextRow !== this.#rows.length) throw malformed("it has a row that nothing names");
    return value;
  }

  #revive(node: unknown, depth: number): unknown {
    if (typeof node === "string") {
      return node.charCodeAt(0) === ESCAPE_UNIT ? this.#reviveEscaped(node) : node;
    }
    if (typeof node !== "object" || node === null) return node;
    if (depth > MAX_NESTING) throw malformed("a row is nested too deep");
    const object = this.#begin(node);
    this.#fill(node, object, depth);
    return object;
  }

  #reviveEscaped(text: string): unknown {
    const rest = text.slice(2);
    switch (text.slice(0, 2)) {
      case "~~":
        return text.slice(1);
      case DATE_PREFIX:
        return this.#number(dateOf(rest));
      case REFERENCE_PREFIX:
        return this.#reference(text);
      case BYTES_PREFIX: {
        const bytes = bytesOf(rest);
        this.#number(bytes);
        this.#number(bytes.buffer);
        return bytes;
      }
      case BIGINT_PREFIX:
        // "~n" begins no constant, as those have capitals.
        return bigintOf(rest);
      case ROW_PREFIX:
        return this.#beginRow(rest);
      default:
        return constantOf(text);
    }
  }

  #reference(text: unknown): object {
    if (typeof text !== "string" || !text.startsWith(REFERENCE_PREFIX))
      throw malformed("a reference is missing");
    const object = this.#objects[indexOf(text.slice(REFERENCE_PREFIX.length))];
    if (object === undefined) throw malformed("a reference to an object that was not met before");
    return object;
  }

  #beginRow(digits: string): object {
    const node = this.#rows[this.#nextRow];
    if (indexOf(digits) !== this.#nextRow || typeof node !== "object" || node === null) {
      throw malformed("a row is named out of order, or is no object");
    }
    this.#nextRow++;
    const object = this.#begin(node);
    this.#begun.push({ node, object });
    return object;
  }

  /** Makes and numbers the object, without the values in it. */
  #begin(node: object): object {
    const members = taggedMembers(node);
    if (members === undefined) return this.#number(node);
    switch (members[0]) {
      case Tag.map:
        return this.#number(new Map());
      case Tag.set:
        return this.#number(new Set());
      case Tag.array:
        return this.#number(this.#holes(integer(members[1], MAX_ARRAY_LENGTH)));
      case Tag.error:
        return this.#number(errorOf(string(members[1]), properties(members[2])));
      case Tag.buffer:
        requireCount(members, 2, 3);
        return this.#number(this.#buffer(bytesOf(members[1]), members[2]));
      case Tag.view:
        requireCount(members, 5);
        return this.#view(members);
      case Tag.regexp:
        requireCount(members, 3);
        return this.#number(regexpOf(string(members[1]), string(members[2])));
      case Tag.boxed:
        requireCount(members, 2);
        return this.#number(this.#boxed(members[1]));
      default:
        return this.#number(this.#platformObject(members));
    }
  }

  /** Puts the values into an object that `#begin` made from this node. */
  #fill(node: object, object: object, depth: number): void {
    const members = taggedMembers(node);
    if (members === undefined) {
      if (Array.isArray(node)) this.#fillArray(node, depth);
      else this.#fillObject(node as JsonObject, depth);
      return;
    }
    switch (members[0]) {
      case Tag.map:
        this.#fillMap(members, object as Map<unknown, unknown>, depth);
        break;
      case Tag.set:
        this.#fillSet(members, object as Set<unknown>, depth);
        break;
      case Tag.array:
        requireCount(members, 3);
        this.#fillSparseArray(properties(members[2]), object as unknown[], depth);
        break;
      case Tag.error: {
        requireCount(members, 3);
        const error = properties(members[2]);
        if (Object.hasOwn(error, "cause"))
          define(object, "cause", this.#revive(error.cause, depth + 1), false);
        break;
      }
    }
  }

  #fillObject(object: JsonObject, depth: number): void {
    const keys = Object.keys(object);
    this.#count(keys.length);
    for (const key of keys) {
      const node = object[key];
      const value = this.#revive(node, depth + 1);
      // The property is there, an own one: a `__proto__` too is assigned, not set.
      if (value !== node) object[key] = value;
    }
  }

  #fillArray(array: unknown[], depth: number): void {
    this.#count(array.length);
    for (let i = 0; i < array.length; i++) {
      const node = array[i];
      const value = this.#revive(node, depth + 1);
      if (value !== node) array[i] = value;
    }
  }

  #fillMap(members: readonly unknown[], map: Map<unknown, unknown>, depth: number): void {
    this.#count(members.length);
    for (let i = 1; i < members.length; i += 2) {
      const key = this.#revive(members[i], depth + 1);
      map.set(key, this.#revive(members[i + 1], depth + 1));
    }
    if (map.size * 2 + 1 !== members.length) throw malformed("a Map has a key twice or without a value");
  }

  #fillSet(members: readonly unknown[], set: Set<unknown>, depth: number): void {
    this.#count(members.length);
    for (let i = 1; i < members.length; i++) set.add(this.#revive(members[i], depth + 1));
    if (set.size + 1 !== members.length) throw malformed("a Set has a value twice");
  }

  #fillSparseArray(elements: JsonObject, array: unknown[], depth: number): void {
    const { length } = array;
    for (const key of Object.keys(elements)) {
      this.#count(1);
      if (key === "length") throw malformed("an array that names its length");
      define(array, key, this.#revive(elements[key], depth + 1), true);
      if (array.length !== length) throw malformed("an array has an element beyond its length");
    }
  }

  #holes(length: number): unknown[] {
    this.#count(Math.min(length, LONGEST_FLAT_ARRAY));
    return arrayOfLength(length);
  }

  #buffer(bytes: Uint8Array<ArrayBuffer>, maxByteLength: unknown): ArrayBuffer {
    if (maxByteLength === undefined) return bytes.buffer;
    const max = integer(maxByteLength, Number.MAX_SAFE_INTEGER);
    this.#reservedBytes += max;
    if (this.#reservedBytes > this.#limits.maxReservedBytes) {
      throw tooLarge(`${this.#reservedBytes} bytes of resizable buffers`, this.#limits.maxReservedBytes);
    }
    return resizableBuffer(bytes, max);
  }

  #view(members: readonly unknown[]): object {
    const [, name, bufferNode, byteOffset, length] = members;
    const type = viewTypeOf(string(name));
    if (type === undefined) {
      throw isViewName(string(name))
        ? new CodecError("unsupported-type", `This engine has no ${string(name)}.`)
        : malformed("a view of an unknown type");
    }
    const number = this.#objects.push(undefined) - 1;
    const isNew = Array.isArray(bufferNode) && bufferNode[0] === Tag.buffer;
    const buffer = isNew ? this.#begin(bufferNode) : this.#reference(bufferNode);
    if (!(buffer instanceof ArrayBuffer)) throw malformed("a view of something else than a buffer");
    const offset = integer(byteOffset, Number.MAX_SAFE_INTEGER);
    if (length === null && !buffer.resizable) throw malformed("a view without a length, of a fixed buffer");
    const count = length === null ? undefined : integer(length, Number.MAX_SAFE_INTEGER);
    const view = orMalformed("a view beyond its buffer", () => new type.View(buffer, offset, count));
    this.#objects[number] = view;
    return view;
  }

  #boxed(node: unknown): object {
    const value = typeof node === "object" ? null : this.#revive(node, 0);
    if (value === null || value === undefined || typeof value === "object") {
      throw malformed("a boxed value is no primitive");
    }
    return Object(value);
  }

  #platformObject(members: readonly unknown[]): object {
    switch (members[0]) {
      case Tag.blob:
        requireCount(members, 3);
        return this.#blob(string(members[1]), bytesOf(members[2]));
      case Tag.file:
        requireCount(members, 5);
        return this.#file(string(members[1]), string(members[2]), number(members[3]), bytesOf(members[4]));
      case Tag.image:
        requireCount(members, 5);
        return this.#image(members);
      case Tag.opaque:
        requireCount(members, 3);
        return new OpaqueValue(string(members[1]), string(members[2]));
      default:
        throw malformed("an unknown tag");
    }
  }

  #blob(type: string, bytes: Uint8Array): object {
    const platform = this.#platform;
    if (platform === undefined) return new BlobValue({ type, size: bytes.length, bytes });
    return orUnsupported("Blob", () => platform.blob(bytes, type));
  }

  #file(name: string, type: string, lastModified: number, bytes: Uint8Array): object {
    const platform = this.#platform;
    if (platform === undefined) return new BlobValue({ type, size: bytes.length, bytes, name, lastModified });
    return orUnsupported("File", () => platform.file(bytes, name, type, lastModified));
  }

  #image(members: readonly unknown[]): object {
    const width = integer(members[1], MAX_ARRAY_LENGTH);
    const height = integer(members[2], MAX_ARRAY_LENGTH);
    const colorSpace = string(members[3]);
    const bytes = bytesOf(members[4]);
    if (bytes.length !== width * height * 4) throw malformed("an image of another size than its pixels");
    const platform = this.#platform;
    if (platform === undefined) return new ImageDataValue(width, height, colorSpace, bytes);
    return orUnsupported("ImageData", () => platform.imageData(bytes, width, height, colorSpace));
  }

  #number<T extends object>(object: T): T {
    this.#objects.push(object);
    return object;
  }

  #count(nodes: number): void {
    this.#nodes += nodes;
    if (this.#nodes > this.#limits.maxNodes)
      throw tooLarge("the number of its members", this.#limits.maxNodes);
  }
}

/** The node itself when it is a tag with its members; undefined when it stands for itself. */
function taggedMembers(node: object): readonly unknown[] | undefined {
  if (!Array.isArray(node)) return undefined;
  const first: unknown = node[0];
  return typeof first === "string" && first.startsWith(TAG_PREFIX) ? node : undefined;
}

function constantOf(text: string): number | undefined {
  switch (text) {
    case "~undefined":
      return undefined;
    case "~NaN":
      return Number.NaN;
    case "~Infinity":
      return Number.POSITIVE_INFINITY;
    case "~-Infinity":
      return Number.NEGATIVE_INFINITY;
    case "~-0":
      return -0;
    default:
      throw malformed("an unknown escape");
  }
}

function dateOf(time: string): Date {
  const date = new Date(Number(time));
  const isTime = Number.isNaN(date.getTime()) ? time === "NaN" : /^(?:0|-?[1-9][0-9]*)$/.test(time);
  if (!isTime) throw malformed("a time that no Date has");
  return date;
}

function bigintOf(hexadecimal: string): bigint {
  if (!/^(?:0|-?[1-9a-f][0-9a-f]*)$/.test(hexadecimal)) throw malformed("an ill-formed BigInt");
  const isNegative = hexadecimal.startsWith("-");
  const magnitude = orMalformed("too large a BigInt", () =>
    BigInt(`0x${hexadecimal.slice(isNegative ? 1 : 0)}`),
  );
  return isNegative ? -magnitude : magnitude;
}

function bytesOf(base64: unknown): Uint8Array<ArrayBuffer> {
  const bytes = decodeBase64(string(base64));
  if (bytes === undefined) throw malformed("ill-formed base64");
  return bytes;
}

function regexpOf(source: string, flags: string): RegExp {
  return orMalformed("an ill-formed regular expression", () => new RegExp(source, flags));
}

function errorOf(name: string, parts: JsonObject): Error {
  const ErrorClass = errorClasses.get(name);
  if (ErrorClass === undefined) throw malformed("an error of an unknown name");
  for (const key of Object.keys(parts)) {
    if (key !== "message" && key !== "stack" && key !== "cause")
      throw malformed("an error with an unknown part");
  }
  const error = new ErrorClass();
  if (parts.message !== undefined) define(error, "message", string(parts.message), false);
  // Without a stack in the text, the one of this very decoder must not show.
  define(error, "stack", parts.stack === undefined ? undefined : string(parts.stack), false);
  return error;
}

/** An array of holes, whose memory does not depend on its length. */
function arrayOfLength(length: number): unknown[] {
  const array: unknown[] = [];
  if (length > LONGEST_FLAT_ARRAY) {
    array[length - 1] = undefined;
    delete array[length - 1];
  }
  array.length = length;
  return array;
}

function resizableBuffer(bytes: Uint8Array, maxByteLength: number): ArrayBuffer {
  const buffer = orMalformed(
    "a resizable buffer that cannot be reserved",
    () => new ArrayBuffer(bytes.length, { maxByteLength }),
  );
  if (!buffer.resizable)
    throw new CodecError("unsupported-type", "This engine has no resizable ArrayBuffer.");
  new Uint8Array(buffer).set(bytes);
  return buffer;
}

function define(object: object, key: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(object, key, { value, writable: true, configurable: true, enumerable });
}

function string(node: unknown): string {
  if (typeof node !== "string") throw malformed("a string is missing");
  return node;
}

function number(node: unknown): number {
  if (typeof node !== "number") throw malformed("a number is missing");
  return node;
}

/** From 0 to `max`. */
function integer(node: unknown, max: number): number {
  if (!Number.isInteger(node) || number(node) < 0 || number(node) > max)
    throw malformed("a number out of range");
  return number(node);
}

function properties(node: unknown): JsonObject {
  if (typeof node !== "object" || node === null || Array.isArray(node))
    throw malformed("properties are missing");
  return node as JsonObject;
}

function indexOf(digits: string): number {
  if (!/^(?:0|[1-9][0-9]{0,9})$/.test(digits)) throw malformed("an ill-formed reference");
  return Number(digits);
}

function requireCount(members: readonly unknown[], min: number, max = min): void {
  if (members.length < min || members.length > max) throw malformed("a tag with too few or too many members");
}

function parseJson(text: string): unknown {
  return orMalformed("it is not JSON", () => JSON.parse(text));
}

function orMalformed<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new CodecError("malformed-value", `This is not the text of a value: ${what}.`, { cause });
  }
}

function orUnsupported<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (cause) {
    throw new CodecError("unsupported-type", `This engine cannot build the ${what}.`, { cause });
  }
}

function requireNodes(value: unknown, maxNodes: number): void {
  const open = [value];
  let nodes = 0;
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (typeof node !== "object" || node === null) continue;
    const children: readonly unknown[] = Array.isArray(node) ? node : Object.values(node);
    nodes += children.length;
    if (nodes > maxNodes) throw tooLarge("the number of its members", maxNodes);
    for (const child of children) if (typeof child === "object" && child !== null) open.push(child);
  }
}

function malformed(what: string): CodecError {
  return new CodecError("malformed-value", `This is not the text of a value: ${what}.`);
}

function tooLarge(what: string, limit: number): CodecError {
  return new CodecError("too-large", `The value is too large: ${what} is beyond the limit of ${limit}.`);
}
