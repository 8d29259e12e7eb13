/** A cell as the value that Parquet stores in a column, before it is given its type's meaning. */
import type { ConvertedType, SchemaElement } from "hyparquet";
import { type Cell, NotRepresentable } from "../../../../../core/mapping/cell.ts";
import type { ConversionName } from "../../../../../core/mapping/conversions.ts";

export type StoredValue = boolean | number | bigint | Uint8Array | null;

const no = (reason: string): NotRepresentable => new NotRepresentable(reason);

/** Texts, by either way of declaring them. */
const TEXTS = new Set(["UTF8", "STRING", "ENUM", "JSON"]);
const WHOLE = /^U?INT_/;

const NANOS: Readonly<Record<string, bigint>> = { MILLIS: 1_000_000n, MICROS: 1_000n, NANOS: 1n };
const DAY_MS = 86_400_000;

/** Why no file with such a column can be written; undefined = one can be. */
export function unwritableColumn({ name, type, num_children, repetition_type, logical_type }: SchemaElement) {
  if (num_children !== undefined && num_children > 0) return `${name} holds objects or arrays`;
  if (repetition_type === "REPEATED") return `${name} holds several values`;
  if (type === "INT96")
    return `${name} holds times of the old kind (INT96; Spark: spark.sql.parquet.outputTimestampType=TIMESTAMP_MICROS)`;
  const is = logical_type?.type;
  return is === "VARIANT" || is === "GEOMETRY" || is === "GEOGRAPHY" ? `${name} is ${is}` : undefined;
}

/** @param as Undefined for what the mapping leaves out: the cell is what `cellOfValue` makes of it then. */
export function storedOfCell(
  cell: Cell,
  as: ConversionName | undefined,
  element: SchemaElement,
): StoredValue | NotRepresentable {
  if (cell === null) {
    return element.repetition_type === "REQUIRED" ? no("the column has a value in every row") : null;
  }
  const kind = kindOf(element);
  if (kind === "DECIMAL") return decimalOf(cell, element);
  if (kind === "DATE") return dayOf(cell, as);
  if (kind.startsWith("TIMESTAMP")) return momentOf(cell, as, element);
  if (kind.startsWith("TIME") || kind === "INTERVAL" || kind === "FLOAT16") {
    return no(`nothing here writes ${kind}`);
  }
  switch (element.type) {
    case "BOOLEAN":
      return cell === 0n || cell === 1n ? cell === 1n : no("the column holds true and false");
    case "INT32":
      return typeof cell === "bigint" ? int32Of(cell, kind) : no("the column holds whole numbers");
    case "INT64":
      return typeof cell === "bigint" ? int64Of(cell, kind) : no("the column holds whole numbers");
    case "FLOAT":
      return numberOf(cell, (number) => Math.fround(number));
    case "DOUBLE":
      return numberOf(cell, (number) => number);
    default:
      return bytesOf(cell, kind, element);
  }
}

/**
 * A column of integers by Parquet's older word for them, which all readers know: the newer one is written by the library with a
 * width of four bytes, where other readers take one.
 */
export function inOlderWords(element: SchemaElement): SchemaElement {
  const { logical_type, ...others } = element;
  if (logical_type?.type !== "INTEGER") return element;
  const word = `${logical_type.isSigned ? "" : "U"}INT_${logical_type.bitWidth}`;
  return { ...others, converted_type: others.converted_type ?? (word as ConvertedType) };
}

function kindOf(element: SchemaElement): string {
  const { logical_type, converted_type } = inOlderWords(element);
  return logical_type?.type ?? converted_type ?? "";
}

function int32Of(cell: bigint, kind: string): number | NotRepresentable {
  const bits = bitsOf(kind, 32);
  const fits = kind.startsWith("UINT") ? BigInt.asUintN(bits, cell) : BigInt.asIntN(bits, cell);
  return fits === cell ? Number(BigInt.asIntN(32, cell)) : no(`${cell} does not fit into the column`);
}

function int64Of(cell: bigint, kind: string): bigint | NotRepresentable {
  const fits = kind.startsWith("UINT") ? BigInt.asUintN(64, cell) : BigInt.asIntN(64, cell);
  return fits === cell ? BigInt.asIntN(64, cell) : no(`${cell} does not fit into the column`);
}

/** Of INT_8 and the like. */
const bitsOf = (kind: string, most: number): number =>
  WHOLE.test(kind) ? Number(/\d+$/.exec(kind)?.[0] ?? most) : most;

function numberOf(cell: Cell, rounded: (number: number) => number): number | NotRepresentable {
  const number = typeof cell === "bigint" ? Number(cell) : cell;
  if (typeof number !== "number") return no("the column holds numbers");
  const isExact = Object.is(rounded(number), number) && (typeof cell !== "bigint" || BigInt(number) === cell);
  return isExact ? number : no(`${cell} is no number that the column can hold exactly`);
}

function bytesOf(
  cell: Cell,
  kind: string,
  { type, type_length }: SchemaElement,
): Uint8Array | NotRepresentable {
  if (type === "BYTE_ARRAY" && typeof cell === "string") {
    return TEXTS.has(kind) ? new TextEncoder().encode(cell) : no("the column holds bytes");
  }
  if (!(cell instanceof Uint8Array) || TEXTS.has(kind)) {
    return no(TEXTS.has(kind) ? "the column holds text" : "the column holds bytes");
  }
  return type === "BYTE_ARRAY" || cell.length === type_length
    ? cell
    : no(`the column holds ${type_length} bytes`);
}

function decimalOf(cell: Cell, element: SchemaElement): StoredValue | NotRepresentable {
  const logical = element.logical_type?.type === "DECIMAL" ? element.logical_type : undefined;
  const scale = element.scale ?? logical?.scale ?? 0;
  const precision = element.precision ?? logical?.precision ?? 0;
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d+)(?:\.(\d*))?$/.exec(String(cell)) ?? [];
  const digits = fraction.replace(/0+$/, "");
  if (whole === "" || cell instanceof Uint8Array || digits.length > scale) {
    return no(`it is no decimal of ${scale} digits behind the point`);
  }
  const unscaled = BigInt(`${sign}${whole}${digits.padEnd(scale, "0")}`);
  if (unscaled.toString().replace("-", "").length > precision) {
    return no(`it has more than ${precision} digits`);
  }
  if (element.type === "INT32") return Number(unscaled);
  if (element.type === "INT64") return unscaled;
  return twosComplement(unscaled, element.type_length);
}

/** Big-endian. @param length Absent = as few bytes as can be. */
function twosComplement(number: bigint, length?: number): Uint8Array {
  let bytes = length ?? 1;
  while (length === undefined && BigInt.asIntN(8 * bytes, number) !== number) bytes++;
  const hex = BigInt.asUintN(8 * bytes, number)
    .toString(16)
    .padStart(2 * bytes, "0");
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

/** In milliseconds since 1970, with what comes behind them. */
interface Instant {
  readonly milliseconds: bigint;
  readonly nanos: bigint;
}

function instantOf(cell: Cell, as: ConversionName | undefined): Instant | undefined {
  if (typeof cell === "bigint") {
    if (as !== "dateMilliseconds" && as !== "dateSeconds") return undefined;
    return { milliseconds: as === "dateSeconds" ? cell * 1000n : cell, nanos: 0n };
  }
  if (typeof cell !== "string") return undefined;
  const [, date, time = "00:00:00", fraction = ""] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z?)?$/.exec(cell) ?? [];
  const whole = Date.parse(`${date}T${time}.000Z`);
  if (Number.isNaN(whole)) return undefined;
  const nanos = BigInt(fraction.padEnd(9, "0"));
  return { milliseconds: BigInt(whole) + nanos / 1_000_000n, nanos: nanos % 1_000_000n };
}

function dayOf(cell: Cell, as: ConversionName | undefined): number | NotRepresentable {
  const instant = instantOf(cell, as);
  const days = Number(instant?.milliseconds) / DAY_MS;
  return instant?.nanos === 0n && Number.isInteger(days) ? days : no("the column holds dates");
}

function momentOf(
  cell: Cell,
  as: ConversionName | undefined,
  { logical_type, converted_type }: SchemaElement,
): bigint | NotRepresentable {
  const instant = instantOf(cell, as);
  if (instant === undefined) return no("the column holds times: map it to a Date");
  const unit = logical_type?.type === "TIMESTAMP" ? logical_type.unit : converted_type?.split("_")[1];
  const nanosEach = NANOS[unit ?? ""] ?? 1n;
  const nanos = instant.milliseconds * 1_000_000n + instant.nanos;
  return nanos % nanosEach === 0n ? nanos / nanosEach : no(`the column holds no more than ${unit}`);
}
