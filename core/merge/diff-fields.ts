import { fieldNames, fieldOf, isPlainObject } from "./plain-object.ts";
import { hasSharedReferences } from "./shared-references.ts";
import { filled, type Slot } from "./slot.ts";
import { type ElementSummary, summarizeElements } from "./summarize-elements.ts";
import { slotsEqual } from "./values-equal.ts";

/** Names of fields from the record inwards; empty for the record as a whole. */
export type FieldPath = readonly string[];

export interface FieldDifference {
  readonly path: FieldPath;
  readonly kind: "added" | "removed" | "changed";
  readonly before: Slot;
  readonly after: Slot;
  /** Where both are collections of one type. */
  readonly elements?: ElementSummary;
}

/** Fields deeper than this are compared as part of their object. */
export const MAX_FIELD_DEPTH = 100;

/**
 * How two decoded values differ: by field where both are plain objects, all the way in; everything else (also
 * arrays, collections, and values with shared references or cycles) as a whole. Changes neither value.
 */
export function diffFields(before: unknown, after: unknown): FieldDifference[] {
  const differences: FieldDifference[] = [];
  const byField = !hasSharedReferences(before) && !hasSharedReferences(after);
  collect([], filled(before), filled(after), byField ? MAX_FIELD_DEPTH : 0, differences);
  return differences;
}

function collect(path: FieldPath, before: Slot, after: Slot, depth: number, into: FieldDifference[]): void {
  if (slotsEqual(before, after)) return;
  if (!before.present || !after.present) {
    into.push({ path, kind: before.present ? "removed" : "added", before, after });
    return;
  }
  if (depth > 0 && isPlainObject(before.value) && isPlainObject(after.value)) {
    for (const name of fieldNames(before.value, after.value)) {
      collect([...path, name], fieldOf(before.value, name), fieldOf(after.value, name), depth - 1, into);
    }
    return;
  }
  const elements = summarizeElements(before.value, after.value);
  into.push({ path, kind: "changed", before, after, ...(elements ? { elements } : {}) });
}
