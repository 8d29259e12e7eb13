/**
 * Cells of a database that is known by its JDBC driver alone: as texts that the driver makes of them, of which each has to be in
 * the form that JDBC says, or the record is not representable. Nothing is rounded, cut or guessed.
 */
import { type Cell, classOfCell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { ConversionName } from "../../../../core/mapping/conversions.ts";
import { dateText, decimalText } from "../tables/column-types.ts";
import type { AvroCell } from "./avro-file.ts";

/** Of the field that Sqoop generates: what is none of these has to come as a text. */
type JavaType = "string" | "decimal" | "bytes" | "blob";

export interface JdbcType {
  readonly java: JavaType;
  readonly suggested: ConversionName;
  readonly toCell: (value: string | Uint8Array) => Cell | NotRepresentable;
  /** As SQL that every database reads alike; absent, or undefined of a cell: there is none. */
  readonly literal?: (cell: Cell) => string | undefined;
}

const no = (reason: string): NotRepresentable => new NotRepresentable(reason);

/** @param canonical The one form of what the driver says; undefined = it is no such value. */
function written(
  what: string,
  canonical: (text: string) => Cell | undefined,
  others: Partial<JdbcType> = {},
): JdbcType {
  return {
    java: "string",
    suggested: "text",
    toCell: (value) => {
      const cell = typeof value === "string" ? canonical(value) : undefined;
      return cell ?? no(`${JSON.stringify(value)} is not ${what}`);
    },
    ...others,
  };
}

const INTEGER = /^-?\d+$/;

const integer = written(
  "a whole number of 64 bits",
  (text) => {
    if (!INTEGER.test(text)) return undefined;
    const value = BigInt(text);
    return BigInt.asIntN(64, value) === value ? value : undefined;
  },
  { suggested: "integer", literal: (cell) => (typeof cell === "bigint" ? cell.toString() : undefined) },
);

const REAL = /^(?:-?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|NaN|-?Infinity)$/;

const real = (holds: (value: number) => number): JdbcType =>
  written("a number", (text) => (REAL.test(text) ? holds(Number(text)) : undefined), { suggested: "real" });

const BOOLEANS: Readonly<Record<string, bigint>> = { true: 1n, false: 0n, "1": 1n, "0": 0n };

const boolean = written(
  "true or false",
  (text) => (Object.hasOwn(BOOLEANS, text.toLowerCase()) ? BOOLEANS[text.toLowerCase()] : undefined),
  { suggested: "boolean" },
);

/** Drivers' own texts have exponents; BigDecimal's, which Sqoop writes, has all digits, and zeros at the end as they are. */
const decimal = written("a number like 1.50", decimalText, {
  java: "decimal",
  literal: (cell) => (typeof cell === "string" && decimalText(cell) === cell ? cell : undefined),
});

/** Quotes, backslashes and other scripts are written in another way in every database, and `$` is Sqoop's. */
const PLAIN_TEXT = /^[A-Za-z0-9 _.,:;/+=()[\]<>@!*-]*$/;

const text = written("text", (held) => held, {
  literal: (cell) => (typeof cell === "string" && PLAIN_TEXT.test(cell) ? `'${cell}'` : undefined),
});

/** Without a literal: LOBs cannot be compared. */
const longText = written("text", (held) => held);

/** To the nanosecond, without zeros at the end of the fraction, of which drivers write as many as they like. */
function timeText(held: string): string | undefined {
  const [, seconds = "", fraction = ""] =
    /^((?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,9}))?$/.exec(held) ?? [];
  const digits = fraction.replace(/0+$/, "");
  if (seconds === "") return undefined;
  return digits === "" ? seconds : `${seconds}.${digits}`;
}

function timestampText(held: string): string | undefined {
  const date = dateText(held.slice(0, 10));
  const time = timeText(held.slice(11));
  return date === undefined || time === undefined || held[10] !== " " ? undefined : `${date} ${time}`;
}

/** Its offset is a part of what is stored: kept as the driver writes it. */
const ZONED = /^(?:\d{4,}-\d\d-\d\d[ T])?\d\d:\d\d:\d\d(?:\.\d{1,9})? ?(?:Z|[+-]\d\d(?::?\d\d){0,2})$/;
const zoned = written("a time with its offset", (held) => (ZONED.test(held) ? held : undefined));

const bytes = (java: "bytes" | "blob"): JdbcType => ({
  java,
  suggested: "bytes",
  toCell: (value) => (typeof value === "string" ? no(`it is ${classOfCell(value)}, not bytes`) : value),
});

interface NamedType {
  readonly name: string;
  /** Absent: columns of it cannot be mapped. */
  readonly type?: JdbcType;
  /** What belongs to its name, for people. */
  readonly shows?: "size" | "precision" | "scale";
}

/** As java.sql.Types numbers them. */
const TYPES: Readonly<Record<number, NamedType>> = {
  [-16]: { name: "LONGNVARCHAR", type: text },
  [-15]: { name: "NCHAR", type: text, shows: "size" },
  [-9]: { name: "NVARCHAR", type: text, shows: "size" },
  [-8]: { name: "ROWID" },
  [-7]: { name: "BIT", type: boolean },
  [-6]: { name: "TINYINT", type: integer },
  [-5]: { name: "BIGINT", type: integer },
  [-4]: { name: "LONGVARBINARY", type: bytes("blob") },
  [-3]: { name: "VARBINARY", type: bytes("bytes"), shows: "size" },
  [-2]: { name: "BINARY", type: bytes("bytes"), shows: "size" },
  [-1]: { name: "LONGVARCHAR", type: text },
  1: { name: "CHAR", type: text, shows: "size" },
  2: { name: "NUMERIC", type: decimal, shows: "precision" },
  3: { name: "DECIMAL", type: decimal, shows: "precision" },
  4: { name: "INTEGER", type: integer },
  5: { name: "SMALLINT", type: integer },
  6: { name: "FLOAT", type: real((value) => value) },
  7: { name: "REAL", type: real(Math.fround) },
  8: { name: "DOUBLE", type: real((value) => value) },
  12: { name: "VARCHAR", type: text, shows: "size" },
  16: { name: "BOOLEAN", type: boolean },
  91: { name: "DATE", type: written('a date like "2024-05-06"', dateText) },
  92: { name: "TIME", type: written('a time like "07:08:09.123"', timeText), shows: "scale" },
  93: {
    name: "TIMESTAMP",
    type: written('a time like "2024-05-06 07:08:09.123"', timestampText),
    shows: "scale",
  },
  1111: { name: "OTHER" },
  2003: { name: "ARRAY" },
  2004: { name: "BLOB", type: bytes("blob") },
  2005: { name: "CLOB", type: longText },
  2009: { name: "SQLXML" },
  2011: { name: "NCLOB", type: longText },
  2013: { name: "TIME WITH TIME ZONE", type: zoned },
  2014: { name: "TIMESTAMP WITH TIME ZONE", type: zoned },
};

/** Undefined where columns of it cannot be mapped. */
export const typeOf = (sqlType: number): JdbcType | undefined => TYPES[sqlType]?.type;

/** For people. @param size Also the precision. */
export function typeName(sqlType: number, size: number, scale: number): string {
  const known = TYPES[sqlType];
  if (known === undefined) return `type ${sqlType} of JDBC`;
  const { name, shows } = known;
  switch (shows) {
    case "size":
      return size > 0 ? `${name}(${size})` : name;
    case "precision":
      return size > 0 ? `${name}(${size},${scale})` : name;
    case "scale":
      return scale > 0 ? `${name}(${scale})` : name;
    default:
      return name;
  }
}

/** @param value Not NULL. */
export function cellOf(sqlType: number, value: Exclude<AvroCell, null>): Cell | NotRepresentable {
  return typeOf(sqlType)?.toCell(value) ?? no("it is of a type that cannot be mapped");
}
