/** Three-way merge by field. */
import { type FieldPath, MAX_FIELD_DEPTH } from "./diff-fields.ts";
import { MergeError } from "./merge-error.ts";
import { fieldNames, fieldOf, isPlainObject, type PlainObject, setField } from "./plain-object.ts";
import { hasSharedReferences } from "./shared-references.ts";
import { EMPTY, filled, NOTHING, type Slot, slotOf } from "./slot.ts";
import { slotsEqual } from "./values-equal.ts";

export type FieldOutcome =
  | "equal"
  /** Only the local side changed it. */
  | "local"
  | "remote"
  /** Both changed it to the same. */
  | "both"
  /** Both changed it, or no ancestor tells who did. */
  | "conflict";

export interface MergedField {
  readonly path: FieldPath;
  readonly outcome: FieldOutcome;
  /** Empty where the base has no such field, or where there is no base. */
  readonly base: Slot;
  readonly local: Slot;
  readonly remote: Slot;
}

export interface FieldMerge {
  /** Together the whole record, in the order of the local side's fields, then what the remote adds. */
  readonly fields: readonly MergedField[];
  readonly conflicts: number;
  /** What the merge gives by itself; undefined while there are conflicts. */
  readonly merged: Slot | undefined;
}

export type FieldChoice =
  | { readonly take: "local" | "remote" | "base" }
  /** Somebody edited the field. */
  | { readonly take: "value"; readonly value: unknown }
  /** The field is left out. */
  | { readonly take: "nothing" };

/** Names a field in a map of choices. */
export function pathKey(path: FieldPath): string {
  return JSON.stringify(path);
}

/**
 * Merges two decoded versions of a record by field. `NOTHING` stands for a record that a side lacks, and for a
 * base that is not known: then whatever differs is a conflict, since nobody knows who changed it.
 *
 * Objects are merged all the way in; arrays and collections are taken whole, and so is a record with shared
 * references or cycles on any side. Changes no input; merged values share their unchanged parts with them.
 */
export function mergeFields(base: unknown, local: unknown, remote: unknown): FieldMerge {
  const fields: MergedField[] = [];
  const whole = [base, local, remote].some(hasSharedReferences);
  const ancestor: Ancestor = base === NOTHING ? "unknown" : filled(base);
  collect([], ancestor, slotOf(local), slotOf(remote), whole ? 0 : MAX_FIELD_DEPTH, fields);
  const conflicts = fields.filter(({ outcome }) => outcome === "conflict").length;
  return { fields, conflicts, merged: conflicts > 0 ? undefined : mergeByChoice({ fields }, new Map()) };
}

/**
 * The merged record when these choices are made (by `pathKey`). Fields without a choice take what the merge
 * gave; a choice may also overrule that. An empty slot when the record as a whole is left out.
 *
 * @throws MergeError "undecided" when a conflict has no choice; "no-such-field" for a path that is no field.
 */
export function mergeByChoice(
  merge: Pick<FieldMerge, "fields">,
  choices: ReadonlyMap<string, FieldChoice>,
): Slot {
  const known = new Set(merge.fields.map(({ path }) => pathKey(path)));
  for (const path of choices.keys()) {
    if (!known.has(path)) throw new MergeError("no-such-field", `The merge has no field ${path}.`);
  }
  const root: { record: Slot } = { record: EMPTY };
  for (const field of merge.fields) {
    place(root, field.path, chosen(field, choices.get(pathKey(field.path))));
  }
  return root.record;
}

type Ancestor = Slot | "unknown";

function collect(
  path: FieldPath,
  ancestor: Ancestor,
  local: Slot,
  remote: Slot,
  depth: number,
  into: MergedField[],
): void {
  const outcome = outcomeOf(ancestor, local, remote);
  const agree = outcome === "equal" || outcome === "both";
  if (!agree && depth > 0 && local.present && remote.present) {
    const [here, there] = [local.value, remote.value];
    if (isPlainObject(here) && isPlainObject(there)) {
      const before = ancestor !== "unknown" && ancestor.present ? ancestor.value : undefined;
      const base = isPlainObject(before) ? before : undefined;
      for (const name of fieldNames(here, there, ...(base ? [base] : []))) {
        const of = (object: PlainObject) => fieldOf(object, name);
        collect([...path, name], base ? of(base) : "unknown", of(here), of(there), depth - 1, into);
      }
      return;
    }
  }
  into.push({ path, outcome, base: ancestor === "unknown" ? EMPTY : ancestor, local, remote });
}

function outcomeOf(ancestor: Ancestor, local: Slot, remote: Slot): FieldOutcome {
  const agree = slotsEqual(local, remote);
  if (ancestor === "unknown") return agree ? "equal" : "conflict";
  const localSame = slotsEqual(ancestor, local);
  const remoteSame = slotsEqual(ancestor, remote);
  if (localSame && remoteSame) return "equal";
  if (agree) return "both";
  if (remoteSame) return "local";
  return localSame ? "remote" : "conflict";
}

function chosen(field: MergedField, choice: FieldChoice | undefined): Slot {
  if (choice?.take === "value") return { present: true, value: choice.value };
  if (choice?.take === "nothing") return EMPTY;
  if (choice) return field[choice.take];
  if (field.outcome === "conflict") {
    throw new MergeError("undecided", `Field ${pathKey(field.path)} is a conflict that nobody decided.`);
  }
  return field.outcome === "remote" ? field.remote : field.local;
}

/** Puts a field where it belongs. Its object is there even when the field is not: both sides have it. */
function place(root: { record: Slot }, path: FieldPath, slot: Slot): void {
  const name = path.at(-1);
  if (name === undefined) {
    root.record = slot;
    return;
  }
  if (!root.record.present) root.record = { present: true, value: {} };
  let object = root.record.value as object;
  for (const step of path.slice(0, -1)) {
    if (!Object.hasOwn(object, step)) setField(object, step, {});
    object = (object as Record<string, object>)[step] as object;
  }
  if (slot.present) setField(object, name, slot.value);
}
