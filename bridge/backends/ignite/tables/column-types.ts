/**
 * Cells of each SQL type that Ignite has, as texts: rows are read as CAST(column AS VARCHAR), since the REST API would
 * round numbers and format dates as it likes, and arguments are texts anyway.
 */
import { fromHex, toHex } from "../../../../core/key/hex.ts";
import { type Cell, classOfCell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { ConversionName } from "../../../../core/mapping/conversions.ts";

type HeldCell = Exclude<Cell, null>;

export interface ColumnType {
  /** As CAST takes it, without losing digits. */
  readonly sql: string;
  readonly suggested?: ConversionName;
  /** Two values of the type that SQL calls equal are one key, and its order is that of its index: rows can be paged. */
  readonly pages: boolean;
  /** How its keys are compared, where two cells can be one key. */
  readonly compares?: string;
  readonly toCell: (text: string) => HeldCell | NotRepresentable;
  /** What the cluster makes the same cell of. */
  readonly toText: (cell: HeldCell) => string | NotRepresentable;
}

const no = (reason: string): NotRepresentable => new NotRepresentable(reason);

const wrongClass = (cell: Cell, wanted: string): NotRepresentable =>
  no(`the column takes ${wanted}, not ${classOfCell(cell)}`);

function integer(sql: string, bits: number): ColumnType {
  return {
    sql,
    pages: true,
    toCell: (text) => BigInt(text),
    toText: (cell) => {
      if (typeof cell !== "bigint") return wrongClass(cell, "whole numbers");
      return BigInt.asIntN(bits, cell) === cell ? cell.toString() : no(`it does not fit in ${sql}`);
    },
  };
}

/** @param holds The nearest number that the type has. */
function real(sql: string, holds: (value: number) => number): ColumnType {
  return {
    sql,
    suggested: "real",
    pages: false,
    toCell: (text) => holds(Number(text)),
    toText: (cell) => {
      const value = typeof cell === "bigint" ? Number(cell) : cell;
      if (typeof value !== "number") return wrongClass(cell, "numbers");
      if (Object.is(value, -0)) return no("Ignite's SQL turns -0 into 0");
      const isExact = Object.is(holds(value), value) && (typeof cell !== "bigint" || BigInt(value) === cell);
      return isExact ? String(value) : no(`${sql} has no such number`);
    },
  };
}

/** @param canonical The one form of what the server says; undefined = it is no cell. */
function written(
  sql: string,
  what: string,
  canonical: (text: string) => string | undefined,
  suggested: ConversionName | undefined = "text",
): ColumnType {
  return {
    sql,
    ...(suggested === undefined ? {} : { suggested }),
    pages: false,
    toCell: (text) => canonical(text) ?? no(`${JSON.stringify(text)} is not ${what}`),
    toText: (cell) => {
      if (typeof cell !== "string") return wrongClass(cell, "text");
      return canonical(cell) === cell ? cell : no(`it is not ${what}`);
    },
  };
}

const text: ColumnType = {
  sql: "VARCHAR",
  pages: true,
  toCell: (held) => held,
  toText: (cell) => {
    if (typeof cell !== "string") return wrongClass(cell, "text");
    return cell.isWellFormed() ? cell : no("it holds a lone surrogate, which no UTF-8 has");
  },
};

const boolean: ColumnType = {
  sql: "BOOLEAN",
  suggested: "boolean",
  pages: false,
  toCell: (held) => (held === "TRUE" ? 1n : 0n),
  toText: (cell) => {
    if (cell === 0n) return "FALSE";
    return cell === 1n ? "TRUE" : no("the column takes 0 and 1, which stand for false and true");
  },
};

const bytes: ColumnType = {
  sql: "VARBINARY",
  suggested: "bytes",
  pages: false,
  toCell: (held) => fromHex(held),
  toText: (cell) => (cell instanceof Uint8Array ? toHex(cell) : wrongClass(cell, "bytes")),
};

/** With as many digits behind the point as the number has: 1.50 is not 1.5. */
function decimalText(held: string): string | undefined {
  return /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/.test(held) && !/^-[0.]*$/.test(held) ? held : undefined;
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
/** Java's calendar leaves days out before it. */
const GREGORIAN = "1582-10-15";

function dateText(held: string): string | undefined {
  const match = DATE.exec(held);
  if (match === null || held < GREGORIAN) return undefined;
  const date = new Date(`${held}T00:00:00.000Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(held) ? held : undefined;
}

/** Without zeros at the end of the fraction. @param digits The most that it has. */
function timeText(held: string, digits: number): string | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d+))?$/.exec(held);
  if (match === null) return undefined;
  const fraction = (match[4] ?? "").replace(/0+$/, "");
  if (fraction.length > digits) return undefined;
  return held.slice(0, 8) + (fraction === "" ? "" : `.${fraction}`);
}

function timestampText(held: string): string | undefined {
  const date = dateText(held.slice(0, 10));
  const time = timeText(held.slice(11), 9);
  return date === undefined || time === undefined || held[10] !== " " ? undefined : `${date} ${time}`;
}

const uuidText = (held: string): string | undefined =>
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(held) ? held : undefined;

const timestamp = written(
  "TIMESTAMP(9)",
  'like "2024-05-06 07:08:09.123", since 1582-10-15, without zeros at the end',
  timestampText,
);
const date = written("DATE", 'like "2024-05-06", since 1582-10-15', dateText);
const time = written("TIME(9)", 'like "07:08:09"', (held) => timeText(held, 3));

/** What is beyond a column's declared size, which is negative where there is none; undefined = nothing. */
export function beyondSize(
  { sql }: ColumnType,
  cell: Cell,
  precision: number,
  scale: number,
): string | undefined {
  if (precision < 0) return undefined;
  if (sql === "VARCHAR" && typeof cell === "string" && cell.length > precision) {
    return `it has ${cell.length} characters, the column takes ${precision}`;
  }
  if (sql === "VARBINARY" && cell instanceof Uint8Array && cell.length > precision) {
    return `it has ${cell.length} bytes, the column takes ${precision}`;
  }
  if (sql !== "DECIMAL" || typeof cell !== "string") return undefined;
  const [whole = "", fraction = ""] = cell.replace("-", "").split(".");
  if (scale >= 0 && fraction.length > scale) return `the column takes ${scale} digits behind the point`;
  const digits = (whole + fraction).replace(/^0+(?=\d)/, "").length;
  return digits > precision ? `it has ${digits} digits, the column takes ${precision}` : undefined;
}

/** By the Java class that SYS.TABLE_COLUMNS names. */
const TYPES: Readonly<Record<string, ColumnType>> = {
  "java.lang.Boolean": boolean,
  "java.lang.Byte": integer("TINYINT", 8),
  "java.lang.Short": integer("SMALLINT", 16),
  "java.lang.Integer": integer("INT", 32),
  "java.lang.Long": integer("BIGINT", 64),
  "java.math.BigDecimal": {
    ...written("DECIMAL", "a number like 1.50", decimalText),
    // An INSERT of the key 1.00 hides the row of the key 1.0.
    compares: "the numbers that they are",
  },
  "java.lang.Double": real("DOUBLE", (value) => value),
  "java.lang.Float": real("REAL", Math.fround),
  "java.lang.String": text,
  "java.util.UUID": written("UUID", "a UUID in lower case", uuidText),
  "java.sql.Date": date,
  "java.sql.Time": time,
  "java.sql.Timestamp": timestamp,
  "java.util.Date": timestamp,
  "java.time.LocalDate": date,
  "java.time.LocalTime": time,
  "java.time.LocalDateTime": timestamp,
  "[B": bytes,
};

/** Undefined where columns of the class cannot be mapped. */
export const typeOf = (javaClass: string): ColumnType | undefined =>
  Object.hasOwn(TYPES, javaClass) ? TYPES[javaClass] : undefined;
