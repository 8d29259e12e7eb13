/** A merge as the three-way view lists it, and what each field will be. */
import type { ElementIdentity } from "../../../core/mapping/mapping-settings.ts";
import {
  type FieldChoice,
  type FieldMerge,
  type MergedField,
  mergeFields,
} from "../../../core/merge/merge-fields.ts";
import { pathKey } from "../../../core/merge/merge-path.ts";
import { EMPTY, filled, NOTHING, type Slot } from "../../../core/merge/slot.ts";
import { pathText } from "./path-text.ts";

export type Side = "local" | "base" | "remote";

export interface ListedField {
  /** Names the field in a map of choices. */
  readonly key: string;
  readonly label: string;
  readonly field: MergedField;
  /** What is taken when nobody chooses; undefined in a conflict. */
  readonly automatic: "local" | "remote" | undefined;
}

export interface ListedMerge {
  readonly merge: FieldMerge;
  readonly hasBase: boolean;
  /** Conflicts first. */
  readonly changed: readonly ListedField[];
  readonly equal: readonly ListedField[];
}

export type Choices = ReadonlyMap<string, FieldChoice>;

export function listMerge(
  local: unknown,
  remote: unknown,
  base: { readonly value: unknown } | undefined,
  identities: readonly ElementIdentity[] = [],
): ListedMerge {
  const merge = mergeFields(base === undefined ? NOTHING : base.value, local, remote, identities);
  const all = merge.fields.map(
    (field): ListedField => ({
      key: pathKey(field.path),
      label: pathText(field.path) || "the whole value",
      field,
      automatic: field.outcome === "conflict" ? undefined : field.outcome === "remote" ? "remote" : "local",
    }),
  );
  const changed = all.filter(({ field }) => field.outcome !== "equal");
  return {
    merge,
    hasBase: base !== undefined,
    changed: [
      ...changed.filter(({ automatic }) => automatic === undefined),
      ...changed.filter(({ automatic }) => automatic !== undefined),
    ],
    equal: all.filter(({ field }) => field.outcome === "equal"),
  };
}

/** What the field will be, or undefined while nobody decided. */
export function resultOf(
  { field, automatic }: ListedField,
  choice: FieldChoice | undefined,
): Slot | undefined {
  if (choice === undefined) return automatic === undefined ? undefined : field[automatic];
  if (choice.take === "value") return filled(choice.value);
  return choice.take === "nothing" ? EMPTY : field[choice.take];
}
