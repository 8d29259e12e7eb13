/** The fields in which two records differ, for the side-by-side table. */
import { diffFields } from "../../../core/merge/diff-fields.ts";
import { fieldNames, fieldOf, isPlainObject } from "../../../core/merge/plain-object.ts";
import { filled, type Slot } from "../../../core/merge/slot.ts";
import { slotsEqual } from "../../../core/merge/values-equal.ts";
import { pathText } from "./path-text.ts";

export interface SideBySide {
  /** Names from the record inwards; empty for the whole value. */
  readonly names: readonly string[];
  /** The same as text: "site.position.lat". */
  readonly path: string;
  readonly local: Slot;
  readonly remote: Slot;
}

export interface Differences {
  readonly changed: readonly SideBySide[];
  /** Top-level fields that are equal. */
  readonly equal: readonly { readonly name: string; readonly value: unknown }[];
}

export function fieldDifferences(local: unknown, remote: unknown): Differences {
  if (!isPlainObject(local) || !isPlainObject(remote))
    return { changed: [{ names: [], path: "", local: filled(local), remote: filled(remote) }], equal: [] };
  const found = diffFields(local, remote);
  const names = fieldNames(local, remote);
  // Shared references make core take the record whole: to look at it, one level apart is still right.
  const whole = found.some(({ path }) => path.length === 0);
  const differing = whole
    ? names.filter((name) => !slotsEqual(fieldOf(local, name), fieldOf(remote, name)))
    : found.map(({ path }) => path[0] ?? "");
  return {
    changed: whole
      ? differing.map((name) => ({
          names: [name],
          path: pathText([name]),
          local: fieldOf(local, name),
          remote: fieldOf(remote, name),
        }))
      : found.map(({ path, before, after }) => ({
          names: path,
          path: pathText(path),
          local: before,
          remote: after,
        })),
    equal: names
      .filter((name) => !differing.includes(name))
      .map((name) => ({ name: pathText([name]), value: local[name] })),
  };
}

/** What a record holds under a path. */
export function slotAt(record: unknown, names: readonly string[]): Slot {
  let slot = filled(record);
  for (const name of names) {
    if (!slot.present || !isPlainObject(slot.value)) return { present: false };
    slot = fieldOf(slot.value, name);
  }
  return slot;
}
