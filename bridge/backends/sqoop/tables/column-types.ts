/**
 * Cells of PostgreSQL's types, as texts: rows are read as the texts that the database makes of their columns, since Sqoop's own
 * classes would round times and lose what NULL is.
 */
import { fromHex, toHex } from "../../../../core/key/hex.ts";
import { type Cell, classOfCell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { ConversionName } from "../../../../core/mapping/conversions.ts";
import { sqlName } from "../dialects/postgresql-text.ts";

type HeldCell = Exclude<Cell, null>;

export interface ColumnType {
  /** Without a size: what a cell's text is compared as. */
  readonly base: string;
  readonly suggested?: ConversionName;
  /** How two of its cells can be one key, for people. */
  readonly compares?: string;
  /** The database compares its values just as their cells are. */
  readonly isPlain: boolean;
  /** Its text, of a quoted column. */
  readonly textSql: (column: string) => string;
  readonly toCell: (text: string) => HeldCell | NotRepresentable;
  /** What the database makes the same cell of, as a literal's text. */
  readonly toText: (cell: HeldCell) => string | NotRepresentable;
}

const no = (reason: string): NotRepresentable => new NotRepresentable(reason);

const wrongClass = (cell: Cell, wanted: string): NotRepresentable =>
  no(`the column takes ${wanted}, not ${classOfCell(cell)}`);

const asText = (column: string): string => `${column}::text`;

function integer(base: string, bits: number): ColumnType {
  return {
    base,
    isPlain: true,
    textSql: asText,
    toCell: (text) => BigInt(text),
    toText: (cell) => {
      if (typeof cell !== "bigint") return wrongClass(cell, "whole numbers");
      return BigInt.asIntN(bits, cell) === cell ? cell.toString() : no(`it does not fit in ${base}`);
    },
  };
}

const SPECIAL: ReadonlySet<string> = new Set(["NaN", "Infinity", "-Infinity"]);

/** @param holds The nearest number that the type has. */
function real(base: string, holds: (value: number) => number): ColumnType {
  return {
    base,
    suggested: "real",
    compares: "the numbers that they are",
    isPlain: false,
    textSql: asText,
    toCell: (text) => holds(Number(text)),
    toText: (cell) => {
      const value = typeof cell === "bigint" ? Number(cell) : cell;
      if (typeof value !== "number") return wrongClass(cell, "numbers");
      const isExact = Object.is(holds(value), value) && (typeof cell !== "bigint" || BigInt(value) === cell);
      if (!isExact) return no(`${base} has no such number`);
      return Object.is(value, -0) ? "-0" : String(value);
    },
  };
}

/** @param canonical The one form of what the server says; undefined = it is no cell. */
function written(
  base: string,
  what: string,
  canonical: (text: string) => string | undefined,
  others: Partial<ColumnType> = {},
): ColumnType {
  return {
    base,
    suggested: "text",
    isPlain: false,
    textSql: asText,
    toCell: (text) => canonical(text) ?? no(`${JSON.stringify(text)} is not ${what}`),
    toText: (cell) => {
      if (typeof cell !== "string") return wrongClass(cell, "text");
      return canonical(cell) === cell ? cell : no(`it is not ${what}`);
    },
    ...others,
  };
}

const text: ColumnType = {
  base: "text",
  suggested: "text",
  isPlain: true,
  textSql: asText,
  toCell: (held) => held,
  toText: (cell) => {
    if (typeof cell !== "string") return wrongClass(cell, "text");
    if (cell.includes("\0")) return no("it holds NUL, which no text of PostgreSQL has");
    return cell.isWellFormed() ? cell : no("it holds a lone surrogate, which no UTF-8 has");
  },
};

const boolean: ColumnType = {
  base: "boolean",
  suggested: "boolean",
  isPlain: false,
  textSql: asText,
  toCell: (held) => (held === "true" ? 1n : 0n),
  toText: (cell) => {
    if (cell === 0n) return "false";
    return cell === 1n ? "true" : no("the column takes 0 and 1, which stand for false and true");
  },
};

const bytes: ColumnType = {
  base: "bytea",
  suggested: "bytes",
  isPlain: false,
  textSql: (column) => `encode(${column}, 'hex')`,
  toCell: (held) => fromHex(held),
  toText: (cell) => (cell instanceof Uint8Array ? `\\x${toHex(cell)}` : wrongClass(cell, "bytes")),
};

/** With as many digits behind the point as the number has: 1.50 is not 1.5. */
export function decimalText(held: string): string | undefined {
  if (SPECIAL.has(held)) return held;
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(held) && !/^-[0.]*$/.test(held) ? held : undefined;
}

const DATE = /^\d{4}-\d\d-\d\d$/;

export function dateText(held: string): string | undefined {
  if (!DATE.test(held)) return undefined;
  const date = new Date(`${held}T00:00:00.000Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(held) ? held : undefined;
}

/** To the microsecond, without zeros at the end of the fraction. */
function timeText(held: string): string | undefined {
  return /^(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{0,5}[1-9])?$/.test(held) ? held : undefined;
}

function timestampText(held: string): string | undefined {
  const isTime = dateText(held.slice(0, 10)) !== undefined && timeText(held.slice(11)) !== undefined;
  return isTime && held[10] === " " ? held : undefined;
}

/** As Date writes it, with three digits more where the time has microseconds. */
const INSTANT = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)\.(\d{3}|\d{3}(?!000)\d{3})Z$/;

const instant: ColumnType = {
  base: "timestamp with time zone",
  suggested: "dateText",
  isPlain: false,
  textSql: (column) => `(${column} AT TIME ZONE 'UTC')::text`,
  toCell: (held) => {
    const [date = "", time = ""] = held.split(" ");
    if (timestampText(held) === undefined) return no(`${JSON.stringify(held)} is beyond the years 0 to 9999`);
    const [seconds = "", fraction = ""] = time.split(".");
    return `${date}T${seconds}.${fraction.length > 3 ? fraction.padEnd(6, "0") : fraction.padEnd(3, "0")}Z`;
  },
  toText: (cell) => {
    if (typeof cell !== "string") return wrongClass(cell, "text like 2024-05-06T07:08:09.010Z");
    const [, date = "", time = ""] = INSTANT.exec(cell) ?? [];
    const isTime = dateText(date) !== undefined && timeText(time) !== undefined;
    return isTime ? cell : no("it is not text like 2024-05-06T07:08:09.010Z");
  },
};

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const jsonText = (held: string): string | undefined => {
  try {
    JSON.parse(held);
    return text.toText(held) === held ? held : undefined;
  } catch {
    return undefined;
  }
};

/** By the name in pg_type. */
const TYPES: Readonly<Record<string, ColumnType>> = {
  bool: boolean,
  int2: integer("smallint", 16),
  int4: integer("integer", 32),
  int8: integer("bigint", 64),
  float4: real("real", Math.fround),
  float8: real("double precision", (value) => value),
  numeric: written("numeric", "a number like 1.50", decimalText, { compares: "the numbers that they are" }),
  text,
  varchar: text,
  bytea: bytes,
  uuid: written("uuid", "a UUID in lower case", (held) => (UUID.test(held) ? held : undefined)),
  date: written("date", 'like "2024-05-06"', dateText),
  time: written("time without time zone", 'like "07:08:09.123456"', timeText),
  timestamp: written("timestamp without time zone", 'like "2024-05-06 07:08:09.123456"', timestampText),
  timestamptz: instant,
  // Its text is kept as it is; that of jsonb is the database's own form.
  json: written("json", "JSON", jsonText, { suggested: "json" }),
  jsonb: written("jsonb", "JSON", jsonText, { suggested: "json" }),
};

/** Undefined where columns of the type cannot be mapped. */
export const typeOf = (name: string): ColumnType | undefined =>
  Object.hasOwn(TYPES, name) ? TYPES[name] : undefined;

/** A column's text; of types that cannot be mapped only whether it is NULL. */
export function columnText(name: string, type: ColumnType | undefined): string {
  const column = sqlName(name);
  return type === undefined ? `CASE WHEN ${column} IS NOT NULL THEN '' END` : type.textSql(column);
}
