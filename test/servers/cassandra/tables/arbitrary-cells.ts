/** Cells of any CQL type, with what its owner would write for each. */
import fc from "fast-check";
import {
  type CqlType,
  isMultiCell,
  type ScalarName,
} from "../../../../bridge/backends/cassandra/tables/cql-type.ts";
import {
  compareJson,
  hasTextKeys,
  type Json,
} from "../../../../bridge/backends/cassandra/tables/json-cells.ts";
import type { Held } from "../../../../bridge/backends/cassandra/tables/scalar-cells.ts";

export interface Sample {
  readonly cell: Held;
  /** As a CQL literal. */
  readonly literal: string;
}

/** Within a collection. */
interface Element {
  readonly json: Json;
  readonly literal: string;
}

export function arbitraryCell(type: CqlType): fc.Arbitrary<Sample> {
  if (type.is === "scalar") return scalars[type.name];
  const isAnything = ({ json }: Element): boolean =>
    !isMultiCell(type) || Object.values(json ?? {}).some((element) => element !== null);
  return arbitraryElement(type)
    .filter(isAnything)
    .map(({ json, literal }) => ({ cell: JSON.stringify(json), literal }));
}

function arbitraryElement(type: CqlType): fc.Arbitrary<Element> {
  switch (type.is) {
    case "scalar":
      return scalarElement(type.name);
    case "list":
      return fc.array(arbitraryElement(type.of), { maxLength: 4 }).map(listOf);
    case "vector":
      return fc
        .array(arbitraryElement(type.of), { minLength: type.length, maxLength: type.length })
        .map(listOf);
    case "set":
      return fc.array(arbitraryElement(type.of), { maxLength: 4 }).map((elements) => {
        const sorted = sortedOnce(elements.map((element) => [element, element]));
        return {
          json: sorted.map(([{ json }]) => json),
          literal: `{${sorted.map(([{ literal }]) => literal).join(", ")}}`,
        };
      });
    case "map":
      return fc
        .array(fc.tuple(arbitraryElement(type.key), arbitraryElement(type.value)), { maxLength: 4 })
        .map((pairs) => {
          const sorted = sortedOnce(pairs);
          const json = sorted.map(([key, value]): [Json, Json] => [key.json, value.json]);
          return {
            json: hasTextKeys(type) ? Object.fromEntries(json) : json,
            literal: `{${sorted.map(([key, value]) => `${key.literal}: ${value.literal}`).join(", ")}}`,
          };
        });
    case "tuple":
      return fc.tuple(...type.of.map(arbitraryOrNull)).map((elements) => ({
        json: elements.map(({ json }) => json),
        literal: `(${elements.map(({ literal }) => literal).join(", ")})`,
      }));
    case "udt":
      return fc.tuple(...type.fields.map((field) => arbitraryOrNull(field.type))).map((elements) => {
        const named = type.fields.map(({ name }, i) => [name, elements[i] as Element] as const);
        return {
          json: Object.fromEntries(named.map(([name, { json }]) => [name, json])),
          literal: `{${named.map(([name, { literal }]) => `"${name}": ${literal}`).join(", ")}}`,
        };
      });
    case "unsupported":
      throw new TypeError(`no cells of ${type.said}`);
  }
}

const arbitraryOrNull = (type: CqlType): fc.Arbitrary<Element> =>
  fc.oneof({ weight: 4, arbitrary: arbitraryElement(type) }, fc.constant({ json: null, literal: "null" }));

const listOf = (elements: readonly Element[]): Element => ({
  json: elements.map(({ json }) => json),
  literal: `[${elements.map(({ literal }) => literal).join(", ")}]`,
});

function sortedOnce(pairs: readonly (readonly [Element, Element])[]): (readonly [Element, Element])[] {
  // Decimals are one by their value, whatever their scale.
  const once = new Map(pairs.map((pair) => [valueIn(pair[0].json), pair]));
  return Array.from(once.values()).sort(([a], [b]) => compareJson(a.json, b.json));
}

const valueIn = (json: Json): string =>
  typeof json === "string" && Number.isFinite(Number(json)) ? String(Number(json)) : JSON.stringify(json);

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`;
const cellAs =
  <Value>(cell: (value: Value) => Held, literal: (value: Value) => string) =>
  (value: Value): Sample => ({ cell: cell(value), literal: literal(value) });

const asText = cellAs<string>((text) => text, quoted);
const asBare = cellAs<string>((text) => text, String);

const integers = (bits: number): fc.Arbitrary<Sample> =>
  fc
    .bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n })
    .map(cellAs<bigint>((value) => value, String));

const reals = (all: fc.Arbitrary<number>): fc.Arbitrary<Sample> =>
  all.map(
    cellAs<number>(
      (value) => value,
      (value) => (Object.is(value, -0) ? "-0.0" : String(value)),
    ),
  );

const texts = fc.string({ unit: "binary" }).filter((text) => text.isWellFormed());
const dates = fc.date({ min: new Date("0001-01-01"), max: new Date("9999-12-31"), noInvalidDate: true });

/** Unscaled digits and a scale, as Java's BigDecimal writes them: written here once more, to be compared with. */
const decimals = fc.tuple(
  fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n }),
  fc.integer({ min: 0, max: 40 }),
);
function plainDecimal([unscaled, scale]: readonly [bigint, number]): string | undefined {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString();
  if (digits.length - 1 - scale < -6) return undefined;
  const padded = digits.padStart(scale + 1, "0");
  const cut = padded.length - scale;
  return `${unscaled < 0n ? "-" : ""}${padded.slice(0, cut)}${scale === 0 ? "" : `.${padded.slice(cut)}`}`;
}

const durations = fc.oneof(
  fc.constantFrom(
    "0d",
    "1y2mo3d4h5m6s7ms8us9ns",
    "-1mo1d1ns",
    "178956970y7mo2147483647d",
    "-2562047h47m16s854ms775us807ns",
  ),
  fc
    .tuple(
      fc.integer({ min: 1, max: 11 }),
      fc.integer({ min: 1, max: 1000 }),
      fc.integer({ min: 1, max: 59 }),
    )
    .map(([months, days, seconds]) => `${months}mo${days}d${seconds}s`),
);

const scalars: Readonly<Record<ScalarName, fc.Arbitrary<Sample>>> = {
  ascii: fc.string({ unit: "binary-ascii" }).map(asText),
  bigint: integers(64),
  blob: fc.uint8Array().map(
    cellAs<Uint8Array>(
      (bytes) => bytes.slice(),
      (bytes) => `0x${Buffer.from(bytes).toString("hex")}`,
    ),
  ),
  boolean: fc.boolean().map(cellAs<boolean>((value) => (value ? 1n : 0n), String)),
  counter: integers(64),
  date: dates.map((date) => asText(date.toISOString().slice(0, 10))),
  decimal: fc.oneof(
    decimals
      .map(plainDecimal)
      .filter((text) => text !== undefined)
      .map(asBare),
    fc.constantFrom("1E+3", "-1.25E+10", "0E-10", "1E-7", "0.000001", "0.00", "1.50", "-0.5").map(asBare),
  ),
  double: reals(fc.double()),
  duration: durations.map((text) => ({ cell: text, literal: text })),
  float: reals(fc.float()),
  inet: fc
    .oneof(
      fc.ipV4(),
      fc.constantFrom("::", "::1", "2001:db8::1", "2001:db8:0:1:1:1:1:1", "1:0:0:2::3", "fe80::1:0:0:1"),
    )
    .map(asText),
  int: integers(32),
  smallint: integers(16),
  text: texts.map(asText),
  time: fc.bigInt({ min: 0n, max: 86_399_999_999_999n }).map((nanoseconds) => {
    const seconds = Number(nanoseconds / 1_000_000_000n);
    const clock = new Date(seconds * 1000).toISOString().slice(11, 19);
    return asText(`${clock}.${String(nanoseconds % 1_000_000_000n).padStart(9, "0")}`);
  }),
  timestamp: integers(64),
  timeuuid: fc.uuid({ version: 1 }).map(asBare),
  tinyint: integers(8),
  uuid: fc.uuid().map(asBare),
  varint: fc.bigInt().map((value) => asBare(String(value))),
};

/** What can be said in JSON: no numbers that only a bigint holds, no NaN. */
function scalarElement(name: ScalarName): fc.Arbitrary<Element> {
  switch (name) {
    case "bigint":
    case "counter":
      return fc.maxSafeInteger().map((json) => ({ json, literal: String(json) }));
    case "timestamp":
      return fc
        .date({ noInvalidDate: true })
        .map((date) => ({ json: date.toISOString(), literal: String(date.getTime()) }));
    case "float":
    case "double": {
      const options = { noNaN: true, noDefaultInfinity: true } as const;
      return (name === "float" ? fc.float(options) : fc.double(options))
        .filter((value) => !Object.is(value, -0))
        .map((json) => ({ json, literal: String(json) }));
    }
    default:
      return scalars[name].map(({ cell, literal }) => ({ json: jsonOf(name, cell), literal }));
  }
}

function jsonOf(name: ScalarName, cell: Held): Json {
  if (name === "boolean") return cell === 1n;
  if (cell instanceof Uint8Array) return `0x${Buffer.from(cell).toString("hex")}`;
  return typeof cell === "bigint" ? Number(cell) : cell;
}
