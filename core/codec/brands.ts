/**
 * What is in the internal slots of an object.
 *
 * Values come from a page that may lie (`Symbol.toStringTag`, replaced prototypes) and perhaps from another
 * realm (so `instanceof` fails). Internal slots cannot be forged: a built-in method that was captured when
 * this module was evaluated, in a clean realm, either works on the object or throws.
 */

type Read<T> = (object: object) => T;

// `call` bound to each method, so that nobody's later `call` or `apply` is asked.
const uncurry = Function.prototype.bind.bind(Function.prototype.call) as unknown as <T>(method: unknown) => T;

function getterOf<T>(prototype: object | undefined, name: PropertyKey): Read<T> | undefined {
  const get = prototype && Object.getOwnPropertyDescriptor(prototype, name)?.get;
  return get && uncurry(get);
}

function requiredGetter<T>(prototype: object, name: PropertyKey): Read<T> {
  const getter = getterOf<T>(prototype, name);
  if (getter === undefined) throw new TypeError(`This engine has no getter ${String(name)}.`);
  return getter;
}

/** Whether a captured method works on the object. A failure costs an exception, some microseconds. */
function works(method: Read<unknown>, object: object): boolean {
  try {
    method(object);
    return true;
  } catch {
    return false;
  }
}

const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype);
// Absent in some engines: Node has no ImageData, and old ones have no resizable buffers.
const ImageDataClass = (globalThis as { ImageData?: { readonly prototype: object } }).ImageData;

/** Milliseconds since the epoch, NaN for an invalid Date. */
export const timeOf: Read<number> = uncurry(Date.prototype.getTime);
export const builtinTag: Read<string> = uncurry(Object.prototype.toString);

export const mapSize = requiredGetter<number>(Map.prototype, "size");
export const setSize = requiredGetter<number>(Set.prototype, "size");
export const forEachOfMap: (map: object, visit: (value: unknown, key: unknown) => void) => void = uncurry(
  Map.prototype.forEach,
);
export const forEachOfSet: (set: object, visit: (value: unknown) => void) => void = uncurry(
  Set.prototype.forEach,
);

const numberOf: Read<number> = uncurry(Number.prototype.valueOf);
const stringOf: Read<string> = uncurry(String.prototype.valueOf);
const booleanOf: Read<boolean> = uncurry(Boolean.prototype.valueOf);
const bigintOf: Read<bigint> = uncurry(BigInt.prototype.valueOf);

export const regexpSource = requiredGetter<string>(RegExp.prototype, "source");
/** Each flag by its own slot: `flags` asks the object, which may lie. */
const regexpFlagGetters = (
  [
    ["d", "hasIndices"],
    ["g", "global"],
    ["i", "ignoreCase"],
    ["m", "multiline"],
    ["s", "dotAll"],
    ["u", "unicode"],
    ["v", "unicodeSets"],
    ["y", "sticky"],
  ] as const
).map(([flag, name]) => [flag, getterOf<boolean>(RegExp.prototype, name)] as const);

export function regexpFlags(regexp: object): string {
  let flags = "";
  for (const [flag, isSet] of regexpFlagGetters) if (isSet?.(regexp) === true) flags += flag;
  return flags;
}

export const isView: (value: unknown) => value is ArrayBufferView = ArrayBuffer.isView;
/** "Uint8Array" and so on; undefined for a DataView and for what is no view. */
export const typedArrayName = requiredGetter<string | undefined>(typedArrayPrototype, Symbol.toStringTag);
const typedArrayBuffer = requiredGetter<ArrayBufferLike>(typedArrayPrototype, "buffer");
const typedArrayOffset = requiredGetter<number>(typedArrayPrototype, "byteOffset");
const typedArrayByteLength = requiredGetter<number>(typedArrayPrototype, "byteLength");
const typedArrayKeys: Read<unknown> = uncurry((typedArrayPrototype as Uint8Array).keys);
const dataViewBuffer = requiredGetter<ArrayBufferLike>(DataView.prototype, "buffer");
const dataViewOffset = requiredGetter<number>(DataView.prototype, "byteOffset");
const dataViewByteLength = requiredGetter<number>(DataView.prototype, "byteLength");

/** Of an ArrayBuffer; 0 when it is detached. */
export const bufferByteLength = requiredGetter<number>(ArrayBuffer.prototype, "byteLength");
const bufferResizable = getterOf<boolean>(ArrayBuffer.prototype, "resizable");
const bufferMaxByteLength = getterOf<number>(ArrayBuffer.prototype, "maxByteLength");

const blobSizeGetter = getterOf<number>(Blob.prototype, "size");
const blobTypeGetter = getterOf<string>(Blob.prototype, "type");
const FileClass = (globalThis as { File?: { readonly prototype: object } }).File;
const fileNameGetter = getterOf<string>(FileClass?.prototype, "name");
const fileLastModifiedGetter = getterOf<number>(FileClass?.prototype, "lastModified");
const imageWidth = getterOf<number>(ImageDataClass?.prototype, "width");
const imageHeight = getterOf<number>(ImageDataClass?.prototype, "height");
const imagePixels = getterOf<ArrayBufferView>(ImageDataClass?.prototype, "data");
const imageColorSpace = getterOf<string>(ImageDataClass?.prototype, "colorSpace");

export function isDate(object: object): object is Date {
  return works(timeOf, object);
}

export function isMap(object: object): object is Map<unknown, unknown> {
  return works(mapSize, object);
}

export function isSet(object: object): object is Set<unknown> {
  return works(setSize, object);
}

export function isRegExp(object: object): object is RegExp {
  return works(regexpSource, object);
}

export function isArrayBuffer(object: object): object is ArrayBuffer {
  return works(bufferByteLength, object);
}

export function isBlob(object: object): object is Blob {
  return blobSizeGetter !== undefined && works(blobSizeGetter, object);
}

function isFile(object: object): object is File {
  return fileNameGetter !== undefined && works(fileNameGetter, object);
}

export function isImageData(object: object): object is ImageData {
  return imageWidth !== undefined && works(imageWidth, object);
}

/** The primitive within a boxed one; undefined for any other object. */
export function unbox(object: object): number | string | boolean | bigint | undefined {
  for (const read of [numberOf, stringOf, booleanOf, bigintOf]) {
    if (works(read, object)) return read(object);
  }
  return undefined;
}

export interface ViewParts {
  /** Undefined for a DataView. */
  readonly typeName: string | undefined;
  readonly buffer: ArrayBuffer;
  readonly byteOffset: number;
  readonly byteLength: number;
}

/** Undefined when the buffer is detached, shared between threads, or no longer long enough for the view. */
export function viewParts(view: ArrayBufferView): ViewParts | undefined {
  const typeName = typedArrayName(view);
  try {
    if (typeName === undefined) {
      const buffer = dataViewBuffer(view);
      // The getters throw when the view is out of bounds, this one when the memory is shared.
      bufferByteLength(buffer);
      const byteOffset = dataViewOffset(view);
      return { typeName, buffer: buffer as ArrayBuffer, byteOffset, byteLength: dataViewByteLength(view) };
    }
    const buffer = typedArrayBuffer(view);
    bufferByteLength(buffer);
    // A typed array that is out of bounds says 0 everywhere, but its methods throw.
    typedArrayKeys(view);
    const byteOffset = typedArrayOffset(view);
    return { typeName, buffer: buffer as ArrayBuffer, byteOffset, byteLength: typedArrayByteLength(view) };
  } catch {
    return undefined;
  }
}

/** The bytes under the view, not copied; undefined as for `viewParts`. */
export function bytesOfView(view: ArrayBufferView): Uint8Array | undefined {
  const parts = viewParts(view);
  return parts && new Uint8Array(parts.buffer, parts.byteOffset, parts.byteLength);
}

/** The bytes of the buffer, not copied; undefined when it is detached. */
export function bytesOfBuffer(buffer: ArrayBuffer): Uint8Array | undefined {
  try {
    // Throws for a detached buffer. With a length, since without one the view would follow a resize.
    return new Uint8Array(buffer, 0, bufferByteLength(buffer));
  } catch {
    return undefined;
  }
}

/** How far a resizable buffer may grow, in bytes; undefined for a buffer of fixed length. */
export function maxByteLengthOf(buffer: ArrayBuffer): number | undefined {
  return bufferResizable?.(buffer) === true ? bufferMaxByteLength?.(buffer) : undefined;
}

export interface BlobParts {
  readonly type: string;
  readonly size: number;
  /** A File's. */
  readonly name?: string;
  readonly lastModified?: number;
}

/** Of a real Blob or File. */
export function blobParts(blob: Blob): BlobParts {
  const parts = { type: blobTypeGetter?.(blob) ?? "", size: blobSizeGetter?.(blob) ?? 0 };
  if (!isFile(blob)) return parts;
  return { ...parts, name: fileNameGetter?.(blob) ?? "", lastModified: fileLastModifiedGetter?.(blob) ?? 0 };
}

export interface ImageParts {
  readonly width: number;
  readonly height: number;
  readonly colorSpace: string;
  readonly bytes: Uint8Array;
}

/** Of a real ImageData; undefined when its pixels are not 8 bits a channel. */
export function imageParts(image: ImageData): ImageParts | undefined {
  const pixels = imagePixels?.(image);
  const bytes = pixels && typedArrayName(pixels) === "Uint8ClampedArray" ? bytesOfView(pixels) : undefined;
  if (bytes === undefined) return undefined;
  return {
    width: imageWidth?.(image) ?? 0,
    height: imageHeight?.(image) ?? 0,
    colorSpace: imageColorSpace?.(image) ?? "srgb",
    bytes,
  };
}
