/** What a job reads of a record: selected, renamed and typed as the config file says, in plain JSON. */
import { NotRepresentable } from "../../../core/mapping/cell.ts";
import { toJsonText } from "../../../core/mapping/plain-json.ts";

export const FIELD_TYPES = ["text", "integer", "number", "boolean", "date", "json"] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

/** A path alone: as it is, which has to be plain JSON. */
export type ProjectedField = string | { readonly from: string; readonly as?: FieldType | undefined };

export type Row = Readonly<Record<string, unknown>>;

/** Why a record cannot be a row, without naming the record. */
export class UnfitError extends Error {}

const KEY = "$key";

/** Absent fields = the record itself. @throws UnfitError */
export function projectRecord(
  key: unknown,
  value: unknown,
  fields: Readonly<Record<string, ProjectedField>> | undefined,
): Row {
  if (fields === undefined) return plainRow(value);
  const row: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const { from, as } = typeof field === "string" ? { from: field } : field;
    const found = valueAt(key, value, from);
    if (found !== undefined) row[name] = typed(found, as, name);
  }
  return row;
}

/** @throws UnfitError for anything but an object that JSON holds */
export function plainRow(value: unknown): Row {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UnfitError("it is no object: name what is wanted of it in the transform's fields");
  }
  const text = toJsonText(value);
  if (text instanceof NotRepresentable) {
    throw new UnfitError(`${text.reason}: give such fields a type in the transform, or leave them out`);
  }
  return value as Row;
}

/** @param path Steps from the record's top, with dots between; `$key` as the first one is the record's key. */
function valueAt(key: unknown, value: unknown, path: string): unknown {
  const [first, ...rest] = path.split(".");
  const steps = first === KEY ? rest : [first ?? "", ...rest];
  let at = first === KEY ? key : value;
  for (const step of steps) {
    if (typeof at !== "object" || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Record<string, unknown>)[step];
  }
  return at;
}

function typed(value: unknown, as: FieldType | undefined, name: string): unknown {
  if (value === null) return null;
  const made = as === undefined ? (isPlainJson(value) ? value : undefined) : CONVERSIONS[as](value);
  if (made === undefined) {
    throw new UnfitError(`its ${name} is ${nameOf(value)}, which cannot be ${as ?? "plain JSON"}`);
  }
  return made;
}

/** Each exact, or undefined. */
const CONVERSIONS: Readonly<Record<FieldType, (value: unknown) => unknown>> = {
  text: (value) => {
    if (value instanceof Date) return isoText(value);
    return typeof value === "string" || typeof value === "boolean" || isFiniteNumber(value)
      ? String(value)
      : undefined;
  },
  integer: (value) => {
    const number = numberOf(value);
    return Number.isSafeInteger(number) ? number : undefined;
  },
  number: numberOf,
  boolean: (value) => (typeof value === "boolean" ? value : undefined),
  date: (value) => {
    if (value instanceof Date) return isoText(value);
    const isTime = typeof value === "number" || (typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value));
    return isTime ? isoText(new Date(value)) : undefined;
  },
  json: (value) => {
    const text = toJsonText(value);
    return text instanceof NotRepresentable ? undefined : text;
  },
};

const isoText = (date: Date): string | undefined =>
  Number.isNaN(date.getTime()) ? undefined : date.toISOString();

const isFiniteNumber = (value: unknown): value is number => Number.isFinite(value);

function numberOf(value: unknown): number | undefined {
  if (typeof value === "bigint") return BigInt(Number(value)) === value ? Number(value) : undefined;
  if (typeof value === "string") return /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : undefined;
  return isFiniteNumber(value) ? value : undefined;
}

const isPlainJson = (value: unknown): boolean => !(toJsonText(value) instanceof NotRepresentable);

const nameOf = (value: unknown): string =>
  typeof value === "object"
    ? `a ${value?.constructor?.name ?? "value"}`
    : `the ${typeof value} ${String(value)}`;
