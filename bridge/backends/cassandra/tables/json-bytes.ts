/** Cassandra's bytes of what json-cells.ts reads. Anything that would come back as something else is refused. */
import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import { type CqlType, hasDecimals, isMultiCell, type UdtField } from "./cql-type.ts";
import { compareJson, hasTextKeys, type Json } from "./json-cells.ts";
import { parseDecimal, unsignedVint } from "./numbers.ts";
import { type Held, type ScalarType, scalarTypes } from "./scalar-cells.ts";

type MapType = Extract<CqlType, { is: "map" }>;
type VectorType = Extract<CqlType, { is: "vector" }>;
type Fields = { readonly [name: string]: Json };

const no = (reason: string): NotRepresentable => new NotRepresentable(reason);

/** @param type Of a column. */
export function bytesOfJsonText(type: CqlType, text: string): Buffer | NotRepresentable {
  let json: Json;
  try {
    json = JSON.parse(text);
  } catch {
    return no("its text is not JSON");
  }
  if (isMultiCell(type) && hasNothing(type, json)) {
    return no("Cassandra keeps nothing of an empty one in a column that is not frozen: leave it out");
  }
  return toBytes(type, json);
}

/** No elements; of a user-defined type no field that is set. */
function hasNothing(type: CqlType, json: Json): boolean {
  if (typeof json !== "object" || json === null) return false;
  const values = Object.values(json);
  return type.is === "udt" ? values.every((value) => value === null) : values.length === 0;
}

function toBytes(type: CqlType, json: Json): Buffer | NotRepresentable {
  if (json === null) return no("null is no element of a collection");
  switch (type.is) {
    case "scalar":
      return scalarBytes(scalarTypes[type.name], json);
    case "list":
      return isArray(json) ? collectionBytes(type.of, json) : otherShape(json, "an array");
    case "set":
      if (!isArray(json)) return otherShape(json, "an array");
      return isSorted(type.of, json) ? collectionBytes(type.of, json) : unsorted("set", json);
    case "map":
      return mapBytes(type, json);
    case "tuple":
      if (!isArray(json) || json.length !== type.of.length) {
        return otherShape(json, `an array of ${type.of.length} elements`);
      }
      return componentBytes(type.of.map((of, i) => [of, json[i] ?? null]));
    case "udt":
      return isFields(json) ? udtBytes(type.fields, json) : otherShape(json, "an object");
    case "vector":
      return isArray(json) ? vectorBytes(type, json) : otherShape(json, "an array");
    case "unsupported":
      return no(`the type ${type.said} is not supported`);
  }
}

const isArray = (json: Json): json is readonly Json[] => Array.isArray(json);
const isFields = (json: Json): json is Fields =>
  typeof json === "object" && json !== null && !Array.isArray(json);

function otherShape(json: Json, wanted: string): NotRepresentable {
  return no(`its type takes ${wanted}, not ${JSON.stringify(json).slice(0, 60)}`);
}

function isSorted(of: CqlType, keys: readonly Json[]): boolean {
  const isOrdered = keys.every((key, i) => i === 0 || compareJson(keys[i - 1] ?? null, key) < 0);
  return isOrdered && (!hasDecimals(of) || new Set(keys.map(withoutScales)).size === keys.length);
}

/** Where Cassandra looks for what it has already, 1.5 is 1.50: the second one would be lost. */
function withoutScales(json: Json): string {
  return JSON.stringify(json, (_, value: unknown) => {
    const parsed = typeof value === "string" ? parseDecimal(value) : undefined;
    if (parsed === undefined) return value;
    const digits = parsed.unscaled.toString();
    const significant = digits.replace(/0+$/, "");
    return significant === "" ? "0" : `${significant}E${digits.length - significant.length - parsed.scale}`;
  });
}

function unsorted(kind: "set" | "map", keys: readonly Json[]): NotRepresentable {
  const sorted = JSON.stringify([...keys].sort(compareJson)).slice(0, 100);
  return no(
    `a ${kind} keeps neither an order nor anything twice: it has to be sorted, as it is read: ${sorted}`,
  );
}

function mapBytes(type: MapType, json: Json): Buffer | NotRepresentable {
  let pairs: (readonly [Json, Json])[];
  if (hasTextKeys(type)) {
    if (!isFields(json)) return otherShape(json, "an object");
    pairs = Object.entries(json).sort(([a], [b]) => compareJson(a, b));
  } else {
    if (!isArray(json) || !json.every(isPair)) return otherShape(json, "an array of pairs [key, value]");
    pairs = json as readonly (readonly [Json, Json])[] as (readonly [Json, Json])[];
    const keys = pairs.map(([key]) => key);
    if (!isSorted(type.key, keys)) return unsorted("map", keys);
  }
  const flat = pairs.flat();
  return lengthened(
    pairs.length,
    (i) => toBytes(i % 2 === 0 ? type.key : type.value, flat[i] ?? null),
    flat.length,
  );
}

const isPair = (json: Json): boolean => isArray(json) && json.length === 2;

const collectionBytes = (of: CqlType, elements: readonly Json[]): Buffer | NotRepresentable =>
  lengthened(elements.length, (i) => toBytes(of, elements[i] ?? null), elements.length);

/** A count, then each element behind its length. */
function lengthened(
  count: number,
  bytesAt: (i: number) => Buffer | NotRepresentable,
  elements: number,
): Buffer | NotRepresentable {
  const parts = [int32(count)];
  for (let i = 0; i < elements; i++) {
    const bytes = bytesAt(i);
    if (bytes instanceof NotRepresentable) return bytes;
    parts.push(int32(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

function udtBytes(fields: readonly UdtField[], json: Fields): Buffer | NotRepresentable {
  const unknown = Object.keys(json).find((name) => !fields.some((field) => field.name === name));
  if (unknown !== undefined) return no(`its type has no field ${JSON.stringify(unknown)}`);
  const missing = fields.find(({ name }) => !Object.hasOwn(json, name));
  if (missing !== undefined) {
    return no(`its field ${JSON.stringify(missing.name)} is missing: it comes back as null, so write null`);
  }
  return componentBytes(fields.map(({ name, type }) => [type, json[name] ?? null]));
}

/** Each behind its length, -1 for null. */
function componentBytes(components: readonly (readonly [CqlType, Json])[]): Buffer | NotRepresentable {
  const parts: Buffer[] = [];
  for (const [type, json] of components) {
    const bytes = json === null ? undefined : toBytes(type, json);
    if (bytes instanceof NotRepresentable) return bytes;
    parts.push(int32(bytes?.length ?? -1));
    if (bytes !== undefined) parts.push(bytes);
  }
  return Buffer.concat(parts);
}

function vectorBytes(type: VectorType, elements: readonly Json[]): Buffer | NotRepresentable {
  if (elements.length !== type.length) return otherShape(elements, `an array of ${type.length} elements`);
  const isFixed = vectorWidth(type.of) !== undefined;
  const parts: Buffer[] = [];
  for (const element of elements) {
    const bytes = toBytes(type.of, element);
    if (bytes instanceof NotRepresentable) return bytes;
    if (!isFixed) parts.push(unsignedVint(BigInt(bytes.length)));
    parts.push(bytes);
  }
  return Buffer.concat(parts);
}

/** Of an element within a vector; undefined where each says its own length. */
function vectorWidth(type: CqlType): number | undefined {
  if (type.is === "scalar") return scalarTypes[type.name].vectorBytes;
  if (type.is !== "vector") return undefined;
  const width = vectorWidth(type.of);
  return width === undefined ? undefined : width * type.length;
}

function scalarBytes(scalar: ScalarType, json: Json): Buffer | NotRepresentable {
  const cell = scalarOfJson(scalar, json);
  return cell instanceof NotRepresentable ? cell : scalar.toBytes(cell);
}

function scalarOfJson({ inJson }: ScalarType, json: Json): Held | NotRepresentable {
  switch (inJson) {
    case "integer":
      return Number.isSafeInteger(json) ? BigInt(json as number) : otherShape(json, "a whole number");
    case "real":
      return typeof json === "number" ? json : otherShape(json, "a number");
    case "boolean":
      return typeof json === "boolean" ? BigInt(json) : otherShape(json, "true or false");
    case "instant":
      return instantOf(json) ?? otherShape(json, "text like 2024-05-06T07:08:09.010Z");
    case "hex":
      if (typeof json !== "string" || !/^0x(?:[0-9a-f]{2})*$/.test(json))
        return otherShape(json, "text like 0x00ff");
      return new Uint8Array(Buffer.from(json.slice(2), "hex"));
    case "text":
      return typeof json === "string" ? json : otherShape(json, "text");
  }
}

function instantOf(json: Json): bigint | undefined {
  const time = typeof json === "string" ? Date.parse(json) : Number.NaN;
  return !Number.isNaN(time) && new Date(time).toISOString() === json ? BigInt(time) : undefined;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}
