/**
 * The part of a record that takes part in a mapping. Digests, bodies and merges are of this part alone; what the
 * mapping leaves out, the "rest", stays as it is where it is (decision 19).
 */
import { setField } from "../merge/plain-object.ts";
import { NotRepresentable } from "./cell.ts";
import { isFieldObject, removeAt, setAt, slotAt } from "./record-paths.ts";

export class RecordProjection {
  readonly #paths: readonly (readonly string[])[];
  readonly #isWhole: boolean;

  /** @param paths Of the properties that take part; none within another. An empty one means the whole record. */
  constructor(paths: readonly (readonly string[])[]) {
    this.#paths = paths;
    this.#isWhole = paths.some((path) => path.length === 0);
  }

  /** A new object with the mapped properties, whose values are the record's own. */
  project(record: unknown): unknown {
    if (this.#isWhole) return record;
    if (!isFieldObject(record)) return new NotRepresentable("the record is no plain object");
    const projected = {};
    for (const path of this.#paths) {
      const slot = slotAt(record, path);
      if (slot instanceof NotRepresentable) return slot;
      if (slot.present) setAt(projected, path, slot.value);
    }
    return projected;
  }

  /** `record`, changed to hold the mapped properties of `projected` and to keep the others. */
  putInto(record: unknown, projected: unknown): unknown {
    if (this.#isWhole || !isFieldObject(record)) return projected;
    for (const path of this.#paths) {
      const slot = slotAt(projected, path);
      if (!(slot instanceof NotRepresentable) && slot.present) setAt(record, path, slot.value);
      else removeAt(record, path);
    }
    return record;
  }

  /** A new object with what `project` leaves out, whose values are the record's own; undefined when that is nothing. */
  restOf(record: unknown): object | undefined {
    return this.#isWhole || !isFieldObject(record) ? undefined : without(record, this.#paths);
  }
}

function without(
  record: { readonly [name: string]: unknown },
  paths: readonly (readonly string[])[],
): object | undefined {
  const rest = {};
  for (const [name, value] of Object.entries(record)) {
    const below = paths.filter((path) => path[0] === name).map((path) => path.slice(1));
    if (below.length === 0) {
      setField(rest, name, value);
    } else if (below.every((path) => path.length > 0) && isFieldObject(value)) {
      const left = without(value, below);
      if (left !== undefined) setField(rest, name, left);
    }
  }
  return Object.keys(rest).length === 0 ? undefined : rest;
}
