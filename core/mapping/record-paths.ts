/** Properties by path, in records as structured cloning makes them. */
import { kindOf } from "../codec/object-kind.ts";
import { setField } from "../merge/plain-object.ts";
import { EMPTY, filled, type Slot } from "../merge/slot.ts";
import { NotRepresentable } from "./cell.ts";

type Fields = { [name: string]: unknown };

export function isFieldObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && kindOf(value) === "object";
}

/** What is at the path; refused where a step leads through something that has no fields. */
export function slotAt(record: unknown, path: readonly string[]): Slot | NotRepresentable {
  let slot: Slot = filled(record);
  for (const [i, name] of path.entries()) {
    if (!slot.present) return EMPTY;
    const { value } = slot;
    if (!isFieldObject(value)) {
      const what = i === 0 ? "the record" : path.slice(0, i).join(".");
      return new NotRepresentable(`${what} is no plain object`);
    }
    slot = Object.hasOwn(value, name) ? filled(value[name]) : EMPTY;
  }
  return slot;
}

/** Sets what is at the path, and makes the objects on the way where there are none. */
export function setAt(record: object, path: readonly string[], value: unknown): void {
  let object = record as Fields;
  for (const name of path.slice(0, -1)) {
    const next = Object.hasOwn(object, name) ? object[name] : undefined;
    if (isFieldObject(next)) {
      object = next;
      continue;
    }
    const made: Fields = {};
    setField(object, name, made);
    object = made;
  }
  setField(object, path.at(-1) as string, value);
}

/** Takes the property away, where it is there. */
export function removeAt(record: object, path: readonly string[]): void {
  const [name, ...rest] = path as [string, ...string[]];
  const object = record as Fields;
  if (!Object.hasOwn(object, name)) return;
  if (rest.length === 0) Reflect.deleteProperty(object, name);
  else if (isFieldObject(object[name])) removeAt(object[name], rest);
}
