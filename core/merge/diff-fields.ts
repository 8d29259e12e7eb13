import type { ElementIdentity } from "../mapping/mapping-settings.ts";
import { type ElementList, elementListOf, elementOf, sameOrder } from "./element-list.ts";
import { type MergePath, namesOf, pathKey } from "./merge-path.ts";
import { fieldNames, fieldOf, isPlainObject } from "./plain-object.ts";
import { hasSharedReferences } from "./shared-references.ts";
import { filled, type Slot } from "./slot.ts";
import { type ElementSummary, summarizeElements } from "./summarize-elements.ts";
import { slotsEqual } from "./values-equal.ts";

export interface FieldDifference {
  /** From the record inwards; empty for the record as a whole. */
  readonly path: MergePath;
  /** "moved": an array's elements stand in another order; before and after are their identities. */
  readonly kind: "added" | "removed" | "changed" | "moved";
  readonly before: Slot;
  readonly after: Slot;
  /** Of what moved: the property that identifies the elements. */
  readonly identity?: string;
  /** Where both are collections of one type. */
  readonly elements?: ElementSummary;
}

/** Fields deeper than this are compared as part of their object. */
export const MAX_FIELD_DEPTH = 100;

/**
 * How two decoded values differ: by field where both are plain objects, all the way in, and by element in arrays
 * whose elements have an identity; everything else (also other arrays, collections, and values with shared
 * references or cycles) as a whole. Changes neither value. Empty exactly where the two are equal.
 */
export function diffFields(
  before: unknown,
  after: unknown,
  identities: readonly ElementIdentity[] = [],
): FieldDifference[] {
  const byField = !hasSharedReferences(before) && !hasSharedReferences(after);
  const collector = new DifferenceCollector(identities);
  collector.collect([], filled(before), filled(after), byField ? MAX_FIELD_DEPTH : 0);
  return collector.differences;
}

class DifferenceCollector {
  readonly differences: FieldDifference[] = [];
  readonly #identities: ReadonlyMap<string, string>;

  constructor(identities: readonly ElementIdentity[]) {
    this.#identities = new Map(identities.map(({ path, field }) => [pathKey(path), field]));
  }

  collect(path: MergePath, before: Slot, after: Slot, depth: number): void {
    if (slotsEqual(before, after)) return;
    if (!before.present || !after.present) {
      this.differences.push({ path, kind: before.present ? "removed" : "added", before, after });
      return;
    }
    if (depth > 0 && this.#takeApart(path, before.value, after.value, depth - 1)) return;
    const elements = summarizeElements(before.value, after.value);
    this.differences.push({ path, kind: "changed", before, after, ...(elements ? { elements } : {}) });
  }

  /** Collects the parts of two values that differ; false when they have none. */
  #takeApart(path: MergePath, before: unknown, after: unknown, depth: number): boolean {
    if (isPlainObject(before) && isPlainObject(after)) {
      for (const name of fieldNames(before, after)) {
        this.collect([...path, name], fieldOf(before, name), fieldOf(after, name), depth);
      }
      return true;
    }
    const field = this.#identities.get(pathKey(namesOf(path)));
    if (field === undefined) return false;
    const [first, second] = [elementListOf(before, field), elementListOf(after, field)];
    if (!first || !second) return false;
    this.#takeElements(path, field, [first, second], depth);
    return true;
  }

  #takeElements(
    path: MergePath,
    field: string,
    [before, after]: readonly [before: ElementList, after: ElementList],
    depth: number,
  ): void {
    for (const id of new Set([...before.keys(), ...after.keys()])) {
      this.collect([...path, { field, id }], elementOf(before, id), elementOf(after, id), depth);
    }
    if (sameOrder(before, after)) return;
    const order = (list: ElementList): Slot => filled([...list.keys()]);
    this.differences.push({
      path,
      kind: "moved",
      identity: field,
      before: order(before),
      after: order(after),
    });
  }
}
