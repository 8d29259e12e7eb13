/** Where a field of a merge is. */

/** What identifies an element of an array: texts, and numbers other than NaN and the infinities. */
export type ElementId = string | number;

/** Into an array, to the element whose property `field` is `id`. */
export interface ElementStep {
  readonly field: string;
  readonly id: ElementId;
}

/** The name of a property, or an element of an array. */
export type PathStep = string | ElementStep;

/** From the record inwards; empty for the record as a whole. */
export type MergePath = readonly PathStep[];

/** Names a field in a map of choices. */
export function pathKey(path: MergePath): string {
  return JSON.stringify(path);
}

/** The names on the way, without the elements: how a mapping names an array (`ElementIdentity`). */
export function namesOf(path: MergePath): string[] {
  return path.filter((step) => typeof step === "string");
}
