/** Which of two field values is the later one. Clocks decide nothing else (rule 14). */

import { fieldOf, isPlainObject } from "../merge/plain-object.ts";
import { EMPTY, filled, NOTHING, type Slot } from "../merge/slot.ts";

export type Newest =
  | { readonly side: "local" | "remote"; readonly how: string }
  /** A person decides, and this is why. */
  | { readonly side: "neither"; readonly why: string };

type Moment =
  | { readonly kind: "number"; readonly at: number }
  | { readonly kind: "Date"; readonly at: number }
  /** A day, or a time in no known zone, is comparable with its like alone. */
  | { readonly kind: "ISO 8601 text"; readonly at: number; readonly form: "day" | "local time" | "instant" };

const neither = (why: string): Newest => ({ side: "neither", why });

/** Compares the field of two records; `NOTHING` stands for a record that a side lacks. */
export function findNewest(local: unknown, remote: unknown, field: readonly string[]): Newest {
  const name = field.join(".");
  if (local === NOTHING) return neither("removed here, so there is nothing to compare");
  if (remote === NOTHING) return neither("removed there, so there is nothing to compare");
  const here = slotAt(local, field);
  const there = slotAt(remote, field);
  if (!here.present || !there.present) {
    const where = here.present ? "there" : there.present ? "here" : "on both sides";
    return neither(`${name} is missing ${where}`);
  }
  const mine = momentOf(here.value);
  const theirs = momentOf(there.value);
  if (!mine || !theirs) {
    const where = mine ? "there" : theirs ? "here" : "on either side";
    return neither(`${name} is no number, Date or ISO 8601 text ${where}`);
  }
  if (kindOf(mine) !== kindOf(theirs)) {
    return neither(`${name} cannot be compared: ${kindOf(mine)} here, ${kindOf(theirs)} there`);
  }
  if (mine.at === theirs.at) return neither(`tie: ${name} is the same`);
  const side = mine.at > theirs.at ? "local" : "remote";
  return { side, how: distance(mine, Math.abs(mine.at - theirs.at)) };
}

function slotAt(record: unknown, field: readonly string[]): Slot {
  let slot: Slot = filled(record);
  for (const name of field) {
    if (!slot.present || !isPlainObject(slot.value)) return EMPTY;
    slot = fieldOf(slot.value, name);
  }
  return slot;
}

function momentOf(value: unknown): Moment | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? { kind: "number", at: value } : undefined;
  if (typeof value === "string") return parseIso(value);
  if (!(value instanceof Date)) return undefined;
  const at = value.getTime();
  return Number.isNaN(at) ? undefined : { kind: "Date", at };
}

function kindOf(moment: Moment): string {
  return moment.kind === "ISO 8601 text" ? `${moment.kind} of ${ARTICLES[moment.form]}` : moment.kind;
}

const ARTICLES = { day: "a day", "local time": "a time without zone", instant: "an instant" } as const;

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?$/;

/**
 * The extended forms of ISO 8601 with a whole date. Own code, since engines differ in what Date.parse takes and
 * cut off what is finer than milliseconds.
 */
function parseIso(text: string): Moment | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map((digits) => Number(digits ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  if (hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const zone = match[8];
  const minutes = zone === undefined || zone === "Z" ? 0 : zoneMinutes(zone);
  if (minutes === undefined) return undefined;
  const seconds = date.getTime() / 1000 + (hour * 60 + minute - minutes) * 60 + second;
  const at = seconds * 1000 + Number(`0.${match[7] ?? 0}`) * 1000;
  const form = match[4] === undefined ? "day" : zone === undefined ? "local time" : "instant";
  return { kind: "ISO 8601 text", at, form };
}

function zoneMinutes(zone: string): number | undefined {
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

const UNITS: readonly (readonly [unit: string, milliseconds: number])[] = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1000],
  ["ms", 1],
];

function distance(moment: Moment, by: number): string {
  if (moment.kind === "number") return `${by} more`;
  const [unit, size] = UNITS.find(([, milliseconds]) => by >= milliseconds) ?? ["ms", 1];
  return by < 1 ? "less than 1 ms later" : `${Math.floor(by / size)} ${unit} later`;
}
