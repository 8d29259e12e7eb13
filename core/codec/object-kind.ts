import {
  builtinTag,
  imageParts,
  isArrayBuffer,
  isBlob,
  isDate,
  isImageData,
  isMap,
  isRegExp,
  isSet,
  isView,
  unbox,
} from "./brands.ts";
import { BlobValue, ImageDataValue, OpaqueValue } from "./platform-values.ts";

/** What an object is to structured cloning. `opaque`: a platform object whose content cannot be read. */
export type ObjectKind =
  | "array"
  | "object"
  | "date"
  | "regexp"
  | "boxed"
  | "map"
  | "set"
  | "buffer"
  | "view"
  | "error"
  | "blob"
  | "image"
  | "blobValue"
  | "imageValue"
  | "opaqueValue"
  | "opaque";

/** Ask an object whether it is of this kind. Kinds without an entry are told by their prototype alone. */
const confirmations: Partial<Record<ObjectKind, (object: object) => boolean>> = {
  date: isDate,
  regexp: isRegExp,
  boxed: (object) => unbox(object) !== undefined,
  map: isMap,
  set: isSet,
  buffer: isArrayBuffer,
  error: isError,
  blob: isBlob,
  image: (object) => isImageData(object) && imageParts(object) !== undefined,
};

/**
 * The kind that objects with this prototype turned out to have, of every realm met so far. Only a hint of
 * which question to ask first, since a question answered "no" costs an exception.
 */
const kindOfPrototype = new WeakMap<object, ObjectKind>([
  [Object.prototype, "object"],
  [Date.prototype, "date"],
  [RegExp.prototype, "regexp"],
  [Map.prototype, "map"],
  [Set.prototype, "set"],
  [ArrayBuffer.prototype, "buffer"],
  [Blob.prototype, "blob"],
  [BlobValue.prototype, "blobValue"],
  [ImageDataValue.prototype, "imageValue"],
  [OpaqueValue.prototype, "opaqueValue"],
]);

/**
 * What this object is, whatever realm it is of and whatever its page has done to that realm's prototypes.
 * Objects of a class of the page's own are `opaque`; structured cloning gives none.
 */
export function kindOf(object: object): ObjectKind {
  if (Array.isArray(object)) return "array";
  if (isView(object)) return "view";
  const prototype: object | null = Object.getPrototypeOf(object);
  if (prototype === null) return "object";
  const hint = kindOfPrototype.get(prototype);
  if (hint !== undefined && (confirmations[hint]?.(object) ?? true)) return hint;
  const kind = discoverKind(object, prototype);
  // A first hint stays: an impostor must not spoil it for those that are what they seem.
  if (hint === undefined) kindOfPrototype.set(prototype, kind);
  return kind;
}

function discoverKind(object: object, prototype: object): ObjectKind {
  for (const kind of Object.keys(confirmations) as ObjectKind[]) {
    if (confirmations[kind]?.(object) === true) return kind;
  }
  // Nobody can give an Object.prototype, of any realm, a prototype; platform objects always have two above.
  return Object.getPrototypeOf(prototype) === null ? "object" : "opaque";
}

/** Errors have no method that asks for their slot; DOMException has a tag of its own and stays opaque. */
function isError(object: object): boolean {
  try {
    return builtinTag(object) === "[object Error]";
  } catch {
    return false;
  }
}
