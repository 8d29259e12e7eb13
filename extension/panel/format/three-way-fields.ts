/** A record's three versions field by field, and the result put together from what was chosen. */
import { type FieldSide, isSame } from "./field-differences.ts";
import { visible } from "./value-text.ts";

export type Side = "local" | "base" | "remote";

export interface ThreeWayField {
  /** The property's name; undefined = the value as a whole, where a side is no plain object. */
  readonly name: string | undefined;
  readonly label: string;
  readonly local: FieldSide;
  /** `has: false` where the base lacks the field; undefined where there is no base. */
  readonly base: FieldSide | undefined;
  readonly remote: FieldSide;
  /** The side that alone changed it; undefined = both did, differently: a person decides. */
  readonly automatic: "local" | "remote" | undefined;
}

export interface ThreeWay {
  readonly changed: readonly ThreeWayField[];
  /** Equal on both sides (and the base, where there is one). */
  readonly equal: readonly { readonly name: string; readonly value: unknown }[];
}

export type Choice =
  | { readonly is: "side"; readonly side: Side }
  | { readonly is: "edited"; readonly value: unknown };

type Plain = Record<string, unknown>;

export function threeWay(
  local: unknown,
  remote: unknown,
  base: { readonly value: unknown } | undefined,
): ThreeWay {
  if (!isPlain(local) || !isPlain(remote) || (base !== undefined && !isPlain(base.value)))
    return {
      changed: [
        field(undefined, { has: true, value: local }, base && { has: true, value: base.value }, {
          has: true,
          value: remote,
        }),
      ],
      equal: [],
    };
  const ancestor = base?.value as Plain | undefined;
  const changed: ThreeWayField[] = [];
  const equal: { name: string; value: unknown }[] = [];
  for (const name of new Set([
    ...Object.keys(local),
    ...Object.keys(remote),
    ...Object.keys(ancestor ?? {}),
  ])) {
    const here = sideOf(local, name);
    const there = sideOf(remote, name);
    const before = ancestor === undefined ? undefined : sideOf(ancestor, name);
    if (!sameSide(here, there)) changed.push(field(name, here, before, there));
    else if (here.has) equal.push({ name, value: here.value });
  }
  // What a person has to decide stands first.
  changed.sort((a, b) => Number(a.automatic !== undefined) - Number(b.automatic !== undefined));
  return { changed, equal };
}

function field(
  name: string | undefined,
  local: FieldSide,
  base: FieldSide | undefined,
  remote: FieldSide,
): ThreeWayField {
  const automatic =
    base === undefined
      ? undefined
      : sameSide(local, base)
        ? "remote"
        : sameSide(remote, base)
          ? "local"
          : undefined;
  return {
    name,
    label: name === undefined ? "the whole value" : visible(name) || '""',
    local,
    base,
    remote,
    automatic,
  };
}

/** What the field will be, or undefined while nobody decided. */
export function chosenSide(of: ThreeWayField, choice: Choice | undefined): FieldSide | undefined {
  if (choice?.is === "edited") return { has: true, value: choice.value };
  const side = choice?.side ?? of.automatic;
  return side === undefined ? undefined : of[side];
}

/** The merged record. Every field must be decided. Keeps the local order of fields, then the remote's. */
export function mergedRecord(
  local: unknown,
  remote: unknown,
  fields: ThreeWay,
  choices: ReadonlyMap<string | undefined, Choice>,
): unknown {
  const whole = fields.changed.find((one) => one.name === undefined);
  if (whole !== undefined) {
    const side = chosenSide(whole, choices.get(undefined));
    return side?.has ? side.value : undefined;
  }
  const byName = new Map(fields.changed.map((one) => [one.name, one]));
  const merged: Plain = {};
  for (const name of new Set([
    ...Object.keys(local as Plain),
    ...Object.keys(remote as Plain),
    ...byName.keys(),
  ])) {
    if (name === undefined) continue;
    const changed = byName.get(name);
    const side =
      changed === undefined ? sideOf(local as Plain, name) : chosenSide(changed, choices.get(name));
    if (side?.has !== true) continue;
    // A record that refers to itself goes on referring to itself.
    const value = side.value === local || side.value === remote ? merged : side.value;
    Object.defineProperty(merged, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return merged;
}

function sideOf(record: Plain, name: string): FieldSide {
  return Object.hasOwn(record, name) ? { has: true, value: record[name] } : { has: false };
}

function sameSide(a: FieldSide, b: FieldSide): boolean {
  return a.has && b.has ? isSame(a.value, b.value) : a.has === b.has;
}

function isPlain(value: unknown): value is Plain {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
