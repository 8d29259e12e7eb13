/**
 * What an object really is.
 *
 * Values come from a page that may lie (`Symbol.toStringTag`, replaced prototypes) and perhaps from another
 * realm (so `instanceof` fails). The internal slots of an object cannot be forged: a built-in method that was
 * captured when this module was evaluated, in a clean realm, either works on the object or throws.
 */

type Getter<T> = (object: object) => T;

// Function.prototype.call, bound, so that nobody's later `call` or `apply` is asked.
const uncurry = Function.prototype.bind.bind(Function.prototype.call) as (
  method: unknown,
) => (object: object) => never;

function getterOf<T>(prototype: object | undefined, name: PropertyKey): Getter<T> | undefined {
  const get = prototype === undefined ? undefined : Object.getOwnPropertyDescriptor(prototype, name)?.get;
  return get === undefined ? undefined : (uncurry(get) as Getter<T>);
}

function requiredGetter<T>(prototype: object, name: PropertyKey): Getter<T> {
  const getter = getterOf<T>(prototype, name);
  if (getter === undefined) throw new TypeError(`This engine has no getter ${String(name)}.`);
  return getter;
}

/** Whether a captured method works on the object. The failing case costs an exception: ask likely ones first. */
function works(method: (object: object) => unknown, object: object): boolean {
  try {
    method(object);
    return true;
  } catch {
    return false;
  }
}

/** Milliseconds since the epoch, NaN for an invalid Date. Throws for what is not a Date. */
export const timeOf: Getter<number> = uncurry(Date.prototype.getTime);

export const isView: (object: unknown) => object is ArrayBufferView = ArrayBuffer.isView;

const typedArrayPrototype: object = Object.getPrototypeOf(Uint8Array.prototype);
const bufferByteLength = requiredGetter<number>(ArrayBuffer.prototype, "byteLength");
const viewBuffer = requiredGetter<ArrayBufferLike>(typedArrayPrototype, "buffer");
const dataViewBuffer = requiredGetter<ArrayBufferLike>(DataView.prototype, "buffer");
const typedArrayByteLength = requiredGetter<number>(typedArrayPrototype, "byteLength");
const typedArrayByteOffset = requiredGetter<number>(typedArrayPrototype, "byteOffset");
const dataViewByteLength = requiredGetter<number>(DataView.prototype, "byteLength");
const dataViewByteOffset = requiredGetter<number>(DataView.prototype, "byteOffset");

/** "Uint8Array" and so on; undefined for what is not a typed array. */
export const typedArrayName = requiredGetter<string | undefined>(typedArrayPrototype, Symbol.toStringTag);

export function isDate(object: object): object is Date {
  return works(timeOf, object);
}

export function isArrayBuffer(object: object): object is ArrayBuffer {
  return works(bufferByteLength, object);
}

/** The bytes of the buffer, not copied; undefined when it is detached. */
export function bytesOfBuffer(buffer: ArrayBuffer): Uint8Array | undefined {
  try {
    return new Uint8Array(buffer);
  } catch {
    return undefined;
  }
}

/** The bytes under the view, not copied; undefined when its buffer is detached, shared, or shorter than it. */
export function bytesOfView(view: ArrayBufferView): Uint8Array | undefined {
  try {
    const isTyped = typedArrayName(view) !== undefined;
    const buffer = isTyped ? viewBuffer(view) : dataViewBuffer(view);
    if (!isArrayBuffer(buffer)) return undefined;
    return isTyped
      ? new Uint8Array(buffer, typedArrayByteOffset(view), typedArrayByteLength(view))
      : new Uint8Array(buffer, dataViewByteOffset(view), dataViewByteLength(view));
  } catch {
    return undefined;
  }
}
