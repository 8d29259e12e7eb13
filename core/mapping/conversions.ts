/**
 * Between a value and a column's cell: exact, or refused with a reason. For every conversion
 * `fromCell(toCell(value))` is a value of the same digest, and whatever `fromCell` gives, `toCell` takes.
 *
 * NULL and missing properties are no conversion's business: field-cells.ts knows what they stand for.
 */
import {
  bytesOfBuffer,
  bytesOfView,
  isDate,
  isView,
  maxByteLengthOf,
  timeOf,
  typedArrayName,
} from "../codec/brands.ts";
import { decodeValue } from "../codec/decode-value.ts";
import { encodeValue } from "../codec/encode-value.ts";
import { inspectValue } from "../codec/inspect-value.ts";
import { kindOf } from "../codec/object-kind.ts";
import { type Conversion, inBytes, inDoubleBytes, inOneByte, inUtf8 } from "./blob-conversions.ts";
import { type Cell, classOfCell, NotRepresentable } from "./cell.ts";
import { fromJsonText, toJsonText } from "./plain-json.ts";

/** Those of other kinds of values to cells that are bytes. */
const ENCODED_CONVERSION_NAMES = [
  "textBytes",
  "jsonBytes",
  "valueBytes",
  "booleanByte",
  "int32Bytes",
  "int64Bytes",
  "bigint64Bytes",
  "doubleBytes",
] as const;

export const CONVERSION_NAMES = [
  "text",
  "integer",
  "real",
  "boolean",
  "bigint",
  "bigintText",
  "dateMilliseconds",
  "dateSeconds",
  "dateText",
  "dateSql",
  "bytes",
  "buffer",
  "json",
  "value",
  ...ENCODED_CONVERSION_NAMES,
] as const;
export type ConversionName = (typeof CONVERSION_NAMES)[number];

/** All whose cells are bytes. */
export const BYTE_CONVERSIONS: ReadonlySet<ConversionName> = new Set<ConversionName>([
  "bytes",
  "buffer",
  ...ENCODED_CONVERSION_NAMES,
]);

/** What a key column may be declared as: what IndexedDB takes as a key. */
export const KEY_CONVERSION_NAMES = [
  "text",
  "integer",
  "real",
  "dateMilliseconds",
  "dateSeconds",
  "dateText",
  "dateSql",
  "buffer",
  "textBytes",
  "int32Bytes",
  "int64Bytes",
] as const satisfies readonly ConversionName[];

/** @returns NotRepresentable where the column cannot hold the value exactly. */
export function toCell(value: unknown, as: ConversionName): Cell | NotRepresentable {
  return conversions[as].toCell(value);
}

/** @returns NotRepresentable where the cell is not what was declared; never a value coerced. */
export function fromCell(cell: Exclude<Cell, null>, as: ConversionName): unknown {
  return conversions[as].fromCell(cell);
}

const no = (reason: string): NotRepresentable => new NotRepresentable(reason);

const MIN_INT64 = -(2n ** 63n);
const MAX_INT64 = 2n ** 63n - 1n;

function nameOf(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "object") return `a value of kind ${kindOf(value)}`;
  return typeof value === "bigint" ? "a bigint" : `a ${typeof value}`;
}

const otherClass = (cell: Cell, wanted: string): NotRepresentable =>
  no(`the column holds ${classOfCell(cell)}, the mapping says ${wanted}`);

function timeOfDate(value: unknown): number | NotRepresentable {
  if (typeof value !== "object" || value === null || !isDate(value)) return no(`${nameOf(value)} is no Date`);
  const time = timeOf(value);
  return Number.isNaN(time) ? no("the Date is invalid") : time;
}

/** Milliseconds as a Date that exists. */
function dateAt(time: number): Date | NotRepresentable {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? no("it is out of the range of Dates") : date;
}

function integerOf(cell: Cell): number | NotRepresentable {
  if (typeof cell !== "bigint") return otherClass(cell, "an integer");
  const number = Number(cell);
  return Number.isSafeInteger(number) ? number : no(`${cell} is beyond what a number holds exactly (2^53)`);
}

const text: Conversion = {
  toCell: (value) => {
    if (typeof value !== "string") return no(`${nameOf(value)} is no string`);
    return value.isWellFormed() ? value : no("the string holds a lone surrogate, which no UTF-8 has");
  },
  fromCell: (cell) => (typeof cell === "string" ? cell : otherClass(cell, "text")),
};

const integer: Conversion = {
  toCell: (value) => {
    if (typeof value !== "number") return no(`${nameOf(value)} is no number`);
    if (Object.is(value, -0)) return no("an integer column has no -0");
    if (Number.isSafeInteger(value)) return BigInt(value);
    return no(
      Number.isInteger(value) ? `${value} is beyond 2^53, use a bigint` : `${value} is no whole number`,
    );
  },
  fromCell: integerOf,
};

const real: Conversion = {
  toCell: (value) => {
    if (typeof value !== "number") return no(`${nameOf(value)} is no number`);
    if (Number.isNaN(value)) return no("databases take NaN for NULL");
    return Object.is(value, -0) ? no("databases turn -0 into 0") : value;
  },
  // Databases store whole reals as integers where the column's type lets them.
  fromCell: (cell) => {
    if (typeof cell === "bigint") return integerOf(cell);
    if (typeof cell !== "number") return otherClass(cell, "a real number");
    return Object.is(cell, -0) || Number.isNaN(cell) ? no("it is -0 or NaN") : cell;
  },
};

const boolean: Conversion = {
  toCell: (value) => {
    if (typeof value !== "boolean") return no(`${nameOf(value)} is no boolean`);
    return value ? 1n : 0n;
  },
  fromCell: (cell) => {
    if (cell === 0n) return false;
    if (cell === 1n) return true;
    return typeof cell === "bigint" ? no(`${cell} is neither 0 nor 1`) : otherClass(cell, "0 or 1");
  },
};

const bigint: Conversion = {
  toCell: (value) => {
    if (typeof value !== "bigint") return no(`${nameOf(value)} is no bigint`);
    return value >= MIN_INT64 && value <= MAX_INT64 ? value : no("it does not fit in 64 bits");
  },
  fromCell: (cell) => (typeof cell === "bigint" ? cell : otherClass(cell, "an integer")),
};

const bigintText: Conversion = {
  toCell: (value) => (typeof value === "bigint" ? value.toString() : no(`${nameOf(value)} is no bigint`)),
  fromCell: (cell) => {
    if (typeof cell !== "string") return otherClass(cell, "digits as text");
    return /^(?:0|-?[1-9]\d*)$/.test(cell) ? BigInt(cell) : no("its text is no whole number");
  },
};

const dateMilliseconds: Conversion = {
  toCell: (value) => {
    const time = timeOfDate(value);
    return typeof time === "number" ? BigInt(time) : time;
  },
  fromCell: (cell) => {
    const time = integerOf(cell);
    return typeof time === "number" ? dateAt(time) : time;
  },
};

const dateSeconds: Conversion = {
  toCell: (value) => {
    const time = timeOfDate(value);
    if (typeof time !== "number") return time;
    return time % 1000 === 0 ? BigInt(time / 1000) : no("its milliseconds do not fit into seconds");
  },
  fromCell: (cell) => {
    const seconds = integerOf(cell);
    return typeof seconds === "number" ? dateAt(seconds * 1000) : seconds;
  },
};

const dateText: Conversion = {
  toCell: (value) => {
    const time = timeOfDate(value);
    return typeof time === "number" ? new Date(time).toISOString() : time;
  },
  fromCell: (cell) => {
    if (typeof cell !== "string") return otherClass(cell, "text like 2024-05-06T07:08:09.010Z");
    const date = new Date(cell);
    const isSame = !Number.isNaN(date.getTime()) && date.toISOString() === cell;
    return isSame ? date : no("its text is not like 2024-05-06T07:08:09.010Z");
  },
};

/** `datetime()` of SQL, in UTC. */
function toSqlText(date: Date): string | undefined {
  const iso = date.toISOString();
  return /^\d{4}-.*\.000Z$/.test(iso) ? iso.slice(0, 19).replace("T", " ") : undefined;
}

const dateSql: Conversion = {
  toCell: (value) => {
    const time = timeOfDate(value);
    if (typeof time !== "number") return time;
    return (
      toSqlText(new Date(time)) ??
      no("text like 2024-05-06 07:08:09 has no milliseconds and years of four digits")
    );
  },
  fromCell: (cell) => {
    if (typeof cell !== "string") return otherClass(cell, "text like 2024-05-06 07:08:09");
    const date = new Date(`${cell.replace(" ", "T")}.000Z`);
    const isSame = !Number.isNaN(date.getTime()) && toSqlText(date) === cell;
    return isSame ? date : no("its text is not like 2024-05-06 07:08:09");
  },
};

const bytes: Conversion = {
  toCell: (value) => {
    if (typeof value !== "object" || !isView(value) || typedArrayName(value) !== "Uint8Array") {
      return no(`${nameOf(value)} is no Uint8Array`);
    }
    const found = bytesOfView(value);
    return found === undefined ? no("its buffer is detached") : found.slice();
  },
  fromCell: (cell) => (cell instanceof Uint8Array ? cell.slice() : otherClass(cell, "a blob")),
};

const buffer: Conversion = {
  toCell: (value) => {
    if (typeof value !== "object" || value === null || kindOf(value) !== "buffer") {
      return no(`${nameOf(value)} is no ArrayBuffer`);
    }
    if (maxByteLengthOf(value as ArrayBuffer) !== undefined) return no("the ArrayBuffer can be resized");
    return bytesOfBuffer(value as ArrayBuffer)?.slice() ?? no("the ArrayBuffer is detached");
  },
  fromCell: (cell) => (cell instanceof Uint8Array ? cell.slice().buffer : otherClass(cell, "a blob")),
};

const json: Conversion = {
  toCell: toJsonText,
  fromCell: (cell) => (typeof cell === "string" ? fromJsonText(cell) : otherClass(cell, "JSON text")),
};

const value: Conversion = {
  toCell: (whole) => {
    const { opaque, blobs } = inspectValue(whole);
    if (opaque.length > 0) return no(`it holds what cannot be copied: ${opaque.join(", ")}`);
    if (blobs.length > 0) return no("it holds Blobs or Files");
    return encodeValue(whole);
  },
  fromCell: (cell) => {
    if (typeof cell !== "string") return otherClass(cell, "value text");
    try {
      const decoded = decodeValue(cell);
      return value.toCell(decoded) === cell ? decoded : no("its value text is not the one of its value");
    } catch (error) {
      return no(error instanceof Error ? error.message : String(error));
    }
  },
};

const conversions: Readonly<Record<ConversionName, Conversion>> = {
  text,
  integer,
  real,
  boolean,
  bigint,
  bigintText,
  dateMilliseconds,
  dateSeconds,
  dateText,
  dateSql,
  bytes,
  buffer,
  json,
  value,
  textBytes: inUtf8(text),
  jsonBytes: inUtf8(json),
  valueBytes: inUtf8(value),
  booleanByte: inOneByte(boolean),
  int32Bytes: inBytes(integer, 4),
  int64Bytes: inBytes(integer, 8),
  bigint64Bytes: inBytes(bigint, 8),
  doubleBytes: inDoubleBytes(real),
};
