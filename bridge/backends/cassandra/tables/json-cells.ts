/**
 * Cells of collections, tuples, user-defined types and vectors: one JSON text.
 *
 *     list, vector       [element, …]
 *     set                [element, …], sorted: it keeps no order
 *     map                { key: value } where keys are texts, else [[key, value], …], sorted
 *     tuple              [element or null, …]
 *     user-defined type  { field: element or null }, every field
 *
 * Within it integers and reals are numbers, as far as a number holds them exactly; timestamps are texts as Dates
 * write themselves, blobs hexadecimal texts behind 0x, everything else as a column of its type.
 */
import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { CqlType, UdtField } from "./cql-type.ts";
import { type Held, type ScalarType, scalarTypes } from "./scalar-cells.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

type MapType = Extract<CqlType, { is: "map" }>;

const no = (reason: string): NotRepresentable => new NotRepresentable(reason);

/** @param value What the driver decoded, never null. */
export function jsonTextOf(type: CqlType, value: unknown): string | NotRepresentable {
  const json = toJson(type, value);
  return json instanceof NotRepresentable ? json : JSON.stringify(json);
}

/** Numbers by size, texts by their bytes, everything else by its JSON text. */
export function compareJson(a: Json, b: Json): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  const [x, y] = [JSON.stringify(a), JSON.stringify(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

/** Whether its maps are objects. */
export const hasTextKeys = ({ key }: MapType): boolean =>
  key.is === "scalar" && (key.name === "text" || key.name === "ascii");

/** Null and undefined stand for an element that is not there, in tuples and user-defined types. */
function toJson(type: CqlType, value: unknown): Json | NotRepresentable {
  if (value === null || value === undefined) return null;
  switch (type.is) {
    case "scalar":
      return scalarToJson(scalarTypes[type.name], value);
    case "list":
      return elementsToJson(type.of, value as unknown[]);
    case "vector":
      return elementsToJson(type.of, (value as { elements: Iterable<unknown> }).elements);
    case "set": {
      const elements = elementsToJson(type.of, value as unknown[]);
      return elements instanceof NotRepresentable ? elements : elements.sort(compareJson);
    }
    case "map":
      return mapToJson(type, value as ReadonlyMap<unknown, unknown>);
    case "tuple":
      return tupleToJson(type.of, (value as { elements: unknown[] }).elements);
    case "udt":
      return udtToJson(type.fields, value as Record<string, unknown>);
    case "unsupported":
      return no(`the type ${type.said} is not supported`);
  }
}

function elementsToJson(of: CqlType, values: Iterable<unknown>): Json[] | NotRepresentable {
  const elements: Json[] = [];
  for (const value of values) {
    const json = toJson(of, value);
    if (json instanceof NotRepresentable) return json;
    elements.push(json);
  }
  return elements;
}

function mapToJson(type: MapType, map: ReadonlyMap<unknown, unknown>): Json | NotRepresentable {
  const pairs: [Json, Json][] = [];
  // Of the class itself: what the driver fills has its texts as properties, too (entry-map.ts).
  Map.prototype.forEach.call(map, (value: unknown, key: unknown) => {
    pairs.push([key as Json, value as Json]);
  });
  for (const pair of pairs) {
    const [key, value] = [toJson(type.key, pair[0]), toJson(type.value, pair[1])];
    if (key instanceof NotRepresentable) return key;
    if (value instanceof NotRepresentable) return value;
    pair[0] = key;
    pair[1] = value;
  }
  pairs.sort(([a], [b]) => compareJson(a, b));
  return hasTextKeys(type) ? Object.fromEntries(pairs) : pairs;
}

/** One that was written before its type got more elements has fewer. */
function tupleToJson(of: readonly CqlType[], values: readonly unknown[]): Json[] | NotRepresentable {
  const elements: Json[] = [];
  for (const [i, type] of of.entries()) {
    const json = toJson(type, values[i]);
    if (json instanceof NotRepresentable) return json;
    elements.push(json);
  }
  return elements;
}

function udtToJson(
  fields: readonly UdtField[],
  value: Readonly<Record<string, unknown>>,
): Json | NotRepresentable {
  const entries: [string, Json][] = [];
  for (const { name, type } of fields) {
    const json = toJson(type, value[name]);
    if (json instanceof NotRepresentable) return no(`${name}: ${json.reason}`);
    entries.push([name, json]);
  }
  return Object.fromEntries(entries);
}

function scalarToJson(scalar: ScalarType, value: unknown): Json | NotRepresentable {
  const cell = scalar.toCell(value);
  if (cell instanceof NotRepresentable) return cell;
  switch (scalar.inJson) {
    case "integer":
    case "real":
      return exactNumber(cell);
    case "boolean":
      return cell === 1n;
    case "instant":
      return new Date(Number(cell)).toISOString();
    case "hex":
      return `0x${Buffer.from(cell as Uint8Array).toString("hex")}`;
    case "text":
      return cell as string;
  }
}

function exactNumber(cell: Held): number | NotRepresentable {
  const number = Number(cell);
  if (!Number.isFinite(number)) return no(`JSON has no ${number}`);
  if (Object.is(number, -0)) return no("JSON has no -0");
  if (typeof cell === "bigint" && !Number.isSafeInteger(number)) {
    return no(`its element ${cell} is beyond what a number holds exactly (2^53)`);
  }
  return number;
}
