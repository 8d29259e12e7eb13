/** The fields in which two records differ, for the side-by-side table. */
import type { ElementIdentity } from "../../../core/mapping/mapping-settings.ts";
import { diffFields } from "../../../core/merge/diff-fields.ts";
import { elementListOf, elementOf } from "../../../core/merge/element-list.ts";
import type { MergePath, PathStep } from "../../../core/merge/merge-path.ts";
import { fieldNames, fieldOf, isPlainObject } from "../../../core/merge/plain-object.ts";
import { EMPTY, filled, type Slot } from "../../../core/merge/slot.ts";
import { slotsEqual } from "../../../core/merge/values-equal.ts";
import { pathText } from "./path-text.ts";

export interface SideBySide {
  /** From the record inwards; empty for the whole value. */
  readonly steps: MergePath;
  /** The same as text: "site.position.lat". */
  readonly path: string;
  /** An array's elements stand in another order: the sides are the values of this property of theirs. */
  readonly orderOf?: string;
  readonly local: Slot;
  readonly remote: Slot;
}

export interface Differences {
  readonly changed: readonly SideBySide[];
  /** Top-level fields that are equal. */
  readonly equal: readonly { readonly name: string; readonly value: unknown }[];
}

export function fieldDifferences(
  local: unknown,
  remote: unknown,
  identities: readonly ElementIdentity[] = [],
): Differences {
  if (!isPlainObject(local) || !isPlainObject(remote))
    return { changed: [{ steps: [], path: "", local: filled(local), remote: filled(remote) }], equal: [] };
  const found = diffFields(local, remote, identities);
  const names = fieldNames(local, remote);
  // Shared references make core take the record whole: to look at it, one level apart is still right.
  const whole = found.some(({ path }) => path.length === 0);
  const differing = whole
    ? names.filter((name) => !slotsEqual(fieldOf(local, name), fieldOf(remote, name)))
    : found.map(({ path: [name] }) => (typeof name === "string" ? name : ""));
  return {
    changed: whole
      ? differing.map((name) => ({
          steps: [name],
          path: pathText([name]),
          local: fieldOf(local, name),
          remote: fieldOf(remote, name),
        }))
      : found.map(({ path, identity, before, after }) => ({
          steps: path,
          path: identity === undefined ? pathText(path) : `${pathText(path)}, order`,
          local: before,
          remote: after,
          ...(identity === undefined ? {} : { orderOf: identity }),
        })),
    equal: names
      .filter((name) => !differing.includes(name))
      .map((name) => ({ name: pathText([name]), value: local[name] })),
  };
}

/** What the base holds where the two sides differ. */
export function baseAt(base: unknown, { steps, orderOf }: SideBySide): Slot {
  const slot = slotAt(base, steps);
  const list = orderOf === undefined || !slot.present ? undefined : elementListOf(slot.value, orderOf);
  return list === undefined ? slot : filled([...list.keys()]);
}

/** What a record holds at a path; of an array, also the element of an identity. */
export function slotAt(record: unknown, path: MergePath): Slot {
  let slot = filled(record);
  for (const step of path) {
    if (!slot.present) return slot;
    slot = stepInto(slot.value, step);
  }
  return slot;
}

function stepInto(value: unknown, step: PathStep): Slot {
  if (typeof step === "string") return isPlainObject(value) ? fieldOf(value, step) : EMPTY;
  const list = elementListOf(value, step.field);
  return list === undefined ? EMPTY : elementOf(list, step.id);
}
