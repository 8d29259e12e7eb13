import { EMPTY, filled, type Slot } from "./slot.ts";

export type PlainObject = { readonly [name: string]: unknown };

/** Objects that have fields and nothing else: no arrays, collections, or values with a class. */
export function isPlainObject(value: unknown): value is PlainObject {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** An own field; never one of the prototype. */
export function fieldOf(object: PlainObject, name: string): Slot {
  return Object.hasOwn(object, name) ? filled(object[name]) : EMPTY;
}

/** The names of all these objects' fields: the first one's order, then what the next ones add. */
export function fieldNames(...objects: readonly PlainObject[]): string[] {
  return [...new Set(objects.flatMap((object) => Object.keys(object)))];
}

/** Sets a field as data, also one named `__proto__`. */
export function setField(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, writable: true, enumerable: true, configurable: true });
}
