/** A value that may not be there: a field that an object lacks, a record that a side lacks. */
export type Slot = { readonly present: true; readonly value: unknown } | { readonly present: false };

export const EMPTY: Slot = { present: false };

export function filled(value: unknown): Slot {
  return { present: true, value };
}

/** Stands for a record, or a base, that is not there, where any value could be a record. */
export const NOTHING: unique symbol = Symbol("nothing");

export function slotOf(value: unknown): Slot {
  return value === NOTHING ? EMPTY : filled(value);
}
