/** Three-way merge by field, and by element where elements have an identity. */
import type { ElementIdentity } from "../mapping/mapping-settings.ts";
import { MAX_FIELD_DEPTH } from "./diff-fields.ts";
import { elementListOf, elementOf, mergedOrder } from "./element-list.ts";
import { MergeError } from "./merge-error.ts";
import { type MergePath, namesOf, type PathStep, pathKey } from "./merge-path.ts";
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
  readonly path: MergePath;
  readonly outcome: FieldOutcome;
  /** Empty where the base has no such field, or where there is no base. */
  readonly base: Slot;
  readonly local: Slot;
  readonly remote: Slot;
}

export interface FieldMerge {
  /**
   * Together the whole record: the local side's fields, then what the remote adds; elements in the order of the
   * merged array.
   */
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

/**
 * Merges two decoded versions of a record by field. `NOTHING` stands for a record that a side lacks, and for a
 * base that is not known: then whatever differs is a conflict, since nobody knows who changed it.
 *
 * Objects are merged all the way in, and so are arrays whose elements have an identity. Other arrays and
 * collections are taken whole; so are an array in which an identity is missing or there twice or which both
 * sides put into another order, and a record with shared references or cycles on any side. Changes no input;
 * merged values share their unchanged parts with them.
 */
export function mergeFields(
  base: unknown,
  local: unknown,
  remote: unknown,
  identities: readonly ElementIdentity[] = [],
): FieldMerge {
  const whole = [base, local, remote].some(hasSharedReferences);
  const ancestor: Ancestor = base === NOTHING ? "unknown" : filled(base);
  const collector = new FieldCollector(identities);
  collector.collect([], ancestor, slotOf(local), slotOf(remote), whole ? 0 : MAX_FIELD_DEPTH);
  const { fields } = collector;
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
  const record = new MergedRecord();
  for (const field of merge.fields) record.place(field.path, chosen(field, choices.get(pathKey(field.path))));
  return record.slot;
}

type Ancestor = Slot | "unknown";

class FieldCollector {
  readonly fields: MergedField[] = [];
  readonly #identities: ReadonlyMap<string, string>;

  constructor(identities: readonly ElementIdentity[]) {
    this.#identities = new Map(identities.map(({ path, field }) => [pathKey(path), field]));
  }

  collect(path: MergePath, ancestor: Ancestor, local: Slot, remote: Slot, depth: number): void {
    const outcome = outcomeOf(ancestor, local, remote);
    const agree = outcome === "equal" || outcome === "both";
    if (!agree && depth > 0 && local.present && remote.present) {
      const before = ancestor !== "unknown" && ancestor.present ? ancestor.value : undefined;
      if (this.#takeApart(path, before, local.value, remote.value, depth - 1)) return;
    }
    this.fields.push({ path, outcome, base: ancestor === "unknown" ? EMPTY : ancestor, local, remote });
  }

  /** Collects the parts of two values that differ; false when they have none. */
  #takeApart(path: MergePath, before: unknown, here: unknown, there: unknown, depth: number): boolean {
    if (isPlainObject(here) && isPlainObject(there)) {
      const base = isPlainObject(before) ? before : undefined;
      for (const name of fieldNames(here, there, ...(base ? [base] : []))) {
        const of = (object: PlainObject) => fieldOf(object, name);
        this.collect([...path, name], base ? of(base) : "unknown", of(here), of(there), depth);
      }
      return true;
    }
    if (this.#identities.size === 0) return false;
    const field = this.#identities.get(pathKey(namesOf(path)));
    return field !== undefined && this.#takeElements(path, field, [before, here, there], depth);
  }

  #takeElements(
    path: MergePath,
    field: string,
    [before, here, there]: readonly [base: unknown, local: unknown, remote: unknown],
    depth: number,
  ): boolean {
    const base = elementListOf(before, field);
    const local = elementListOf(here, field);
    const remote = elementListOf(there, field);
    // Elements of a base that has no identities cannot be found again, so nobody knows what became of them.
    if (!local || !remote || (Array.isArray(before) && !base)) return false;
    const order = mergedOrder(base, local, remote);
    if (!order) return false;
    for (const id of order) {
      const ancestor = base ? elementOf(base, id) : "unknown";
      this.collect([...path, { field, id }], ancestor, elementOf(local, id), elementOf(remote, id), depth);
    }
    return true;
  }
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

/** Puts fields where they belong. What holds a field is there even when the field is not: both sides have it. */
class MergedRecord {
  slot: Slot = EMPTY;
  /** By the key of their path; fields come in the order of the record, so elements are pushed in theirs. */
  readonly #holders = new Map<string, object>();

  place(path: MergePath, slot: Slot): void {
    const last = path.at(-1);
    if (last === undefined) {
      this.slot = slot;
      return;
    }
    const holder = this.#holderAt(path.slice(0, -1), last);
    if (slot.present) put(holder, last, slot.value);
  }

  /** The object or array at a path, made when it is missing: an array where the next step is an element. */
  #holderAt(path: MergePath, next: PathStep): object {
    const key = pathKey(path);
    const known = this.#holders.get(key);
    if (known) return known;
    const made: object = typeof next === "string" ? {} : [];
    this.#holders.set(key, made);
    const last = path.at(-1);
    if (last === undefined) this.slot = filled(made);
    else put(this.#holderAt(path.slice(0, -1), last), last, made);
    return made;
  }
}

function put(holder: object, step: PathStep, value: unknown): void {
  if (typeof step === "string") setField(holder, step, value);
  else (holder as unknown[]).push(value);
}
