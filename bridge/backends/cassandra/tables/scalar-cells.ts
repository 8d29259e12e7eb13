/**
 * Cells of the types that hold one thing: from what the driver makes of them, and to Cassandra's own bytes, which the
 * driver passes on as they are. Its own ways to bytes round numbers and take several spellings for one.
 *
 * For each type what is read can be written again and is the same bytes; everything else is refused with the reason.
 */
import { type Cell, classOfCell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { ConversionName } from "../../../../core/mapping/conversions.ts";
import type { ScalarName } from "./cql-type.ts";
import { inetText, parseInet } from "./inet-text.ts";
import { bigintOf, decimalText, parseDecimal, signedVint, varintBytes } from "./numbers.ts";
import { dateText, durationText, parseDate, parseDuration, parseTime, timeText } from "./time-texts.ts";

export type Held = Exclude<Cell, null>;

/** How a cell is said within the JSON of a collection. */
export type InJson = "integer" | "real" | "boolean" | "instant" | "hex" | "text";

export interface ScalarType {
  /** Of what the driver decoded, never null. */
  readonly toCell: (value: unknown) => Held | NotRepresentable;
  readonly toBytes: (cell: Held) => Buffer | NotRepresentable;
  readonly inJson: InJson;
  /** Where the type's name does not say it to who knows databases. */
  readonly suggested?: ConversionName;
  /** Of its bytes in a vector, where it is fixed there. */
  readonly vectorBytes?: number;
}

const no = (reason: string): NotRepresentable => new NotRepresentable(reason);

const otherClass = (cell: Held, wanted: string): NotRepresentable =>
  no(`the column takes ${wanted}, not ${classOfCell(cell)}`);

/** The driver's own classes, by what they are asked for. */
type Told = Record<string, unknown> & { toString(): string };

function integer(bits: 8 | 16 | 32 | 64, vectorBytes?: number): ScalarType {
  return {
    toCell: (value) => BigInt(String(value)),
    toBytes: (cell) => {
      if (typeof cell !== "bigint") return otherClass(cell, "an integer");
      if (BigInt.asIntN(bits, cell) !== cell) return no(`${cell} does not fit in ${bits} bits`);
      return fixedBytes(cell, bits / 8);
    },
    inJson: "integer",
    ...(vectorBytes === undefined ? {} : { vectorBytes }),
  };
}

function fixedBytes(value: bigint, length: number): Buffer {
  const hex = BigInt.asUintN(8 * length, value).toString(16);
  return Buffer.from(hex.padStart(2 * length, "0"), "hex");
}

function real(length: 4 | 8): ScalarType {
  return {
    toCell: (value) => value as number,
    toBytes: (cell) => {
      if (typeof cell !== "number") return otherClass(cell, "a real number");
      if (length === 4 && !Object.is(Math.fround(cell), cell)) {
        return no(`${cell} is no 32-bit float, the nearest is ${Math.fround(cell)}`);
      }
      const bytes = Buffer.alloc(length);
      if (length === 4) bytes.writeFloatBE(cell);
      else bytes.writeDoubleBE(cell);
      return bytes;
    },
    inJson: "real",
    vectorBytes: length,
  };
}

/** A text of one spelling. @param toText, toBytes Undefined where there is none. */
function spelled(
  like: string,
  toText: (value: Told) => string | undefined,
  toBytes: (text: string) => Buffer | undefined,
  more: Pick<ScalarType, "suggested" | "vectorBytes"> = { suggested: "text" },
): ScalarType {
  return {
    toCell: (value) => toText(value as Told) ?? no("it is out of the range of what can be shown"),
    toBytes: (cell) => {
      if (typeof cell !== "string") return otherClass(cell, `text like ${like}`);
      return toBytes(cell) ?? no(`${JSON.stringify(cell.slice(0, 60))} is not spelled like ${like}`);
    },
    inJson: "text",
    ...more,
  };
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const TIME_UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;

const uuid = (pattern: RegExp, like: string): ScalarType =>
  spelled(
    like,
    (value) => value.toString(),
    (text) => (pattern.test(text) ? Buffer.from(text.replaceAll("-", ""), "hex") : undefined),
    { suggested: "text", vectorBytes: 16 },
  );

/** The driver tells a decimal's parts only by its bytes. */
function decimalOf(value: Told): string {
  const { toBuffer } = value.constructor as unknown as { toBuffer(decimal: Told): Buffer };
  const bytes = toBuffer(value);
  return decimalText(bigintOf(bytes.subarray(4)), bytes.readInt32BE(0));
}

function decimalBytes(text: string): Buffer | undefined {
  const parsed = parseDecimal(text);
  if (parsed === undefined) return undefined;
  return Buffer.concat([fixedBytes(BigInt(parsed.scale), 4), varintBytes(parsed.unscaled)]);
}

/** The driver's LocalDate has a Date, invalid where it has none. */
function dateOf(value: Told): string | undefined {
  const { date } = value;
  return date instanceof Date ? dateText(Math.floor(date.getTime() / 86_400_000)) : undefined;
}

function dateBytes(text: string): Buffer | undefined {
  const days = parseDate(text);
  return days === undefined ? undefined : fixedBytes(BigInt(days) + 2n ** 31n, 4);
}

function timeBytes(text: string): Buffer | undefined {
  const nanoseconds = parseTime(text);
  return nanoseconds === undefined ? undefined : fixedBytes(nanoseconds, 8);
}

function durationBytes(text: string): Buffer | undefined {
  const parts = parseDuration(text);
  if (parts === undefined) return undefined;
  const { months, days, nanoseconds } = parts;
  return Buffer.concat([BigInt(months), BigInt(days), nanoseconds].map(signedVint));
}

const text = (pattern: RegExp | undefined): ScalarType => ({
  toCell: (value) => value as string,
  toBytes: (cell) => {
    if (typeof cell !== "string") return otherClass(cell, "text");
    if (!cell.isWellFormed()) return no("the text holds a lone surrogate, which no UTF-8 has");
    return pattern === undefined || pattern.test(cell)
      ? Buffer.from(cell, "utf8")
      : no("the text is not ASCII");
  },
  inJson: "text",
});

/** In a collection a Date, in a column of its own the milliseconds: there are timestamps that no Date holds. */
function millisecondsOf(value: unknown): Held | NotRepresentable {
  if (!(value instanceof Date)) return BigInt(String(value));
  const time = value.getTime();
  return Number.isNaN(time) ? no("its time is out of the range of Dates") : BigInt(time);
}

export const scalarTypes: Readonly<Record<ScalarName, ScalarType>> = {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are ASCII, too
  ascii: text(/^[\x00-\x7f]*$/),
  bigint: integer(64, 8),
  blob: {
    toCell: (value) => {
      const bytes = value as Buffer;
      return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    },
    toBytes: (cell) =>
      cell instanceof Uint8Array
        ? Buffer.from(cell.buffer, cell.byteOffset, cell.byteLength)
        : otherClass(cell, "bytes"),
    inJson: "hex",
  },
  boolean: {
    toCell: (value) => (value === true ? 1n : 0n),
    toBytes: (cell) =>
      cell === 0n || cell === 1n ? Buffer.of(Number(cell)) : no("the column takes true and false alone"),
    inJson: "boolean",
    suggested: "boolean",
    vectorBytes: 1,
  },
  counter: integer(64),
  date: spelled("2024-05-06", dateOf, dateBytes),
  decimal: spelled("12.50 or 1.25E+3, as Java writes decimals", decimalOf, decimalBytes),
  double: real(8),
  duration: spelled(
    "1y2mo3d4h5m6s7ms8us9ns",
    ({ months, days, nanoseconds }) =>
      durationText({
        months: Number(months),
        days: Number(days),
        nanoseconds: BigInt(String(nanoseconds)),
      }),
    durationBytes,
  ),
  float: real(4),
  inet: spelled(
    "192.0.2.1 or 2001:db8::1",
    (value) => inetText((value as unknown as { getBuffer(): Buffer }).getBuffer()),
    parseInet,
  ),
  int: integer(32, 4),
  smallint: integer(16),
  text: text(undefined),
  time: spelled(
    "08:12:54.123456789",
    (value) =>
      timeText(
        BigInt(String((value as unknown as { getTotalNanoseconds(): unknown }).getTotalNanoseconds())),
      ),
    timeBytes,
  ),
  timestamp: {
    ...integer(64, 8),
    toCell: millisecondsOf,
    inJson: "instant",
    suggested: "dateMilliseconds",
  },
  timeuuid: uuid(TIME_UUID, "50554d6e-29bb-11e5-b345-feff819cdc9f, version 1 in lower case"),
  tinyint: integer(8),
  uuid: uuid(UUID, "123e4567-e89b-42d3-a456-426614174000 in lower case"),
  varint: spelled(
    "-12345678901234567890",
    (value) => value.toString(),
    (digits) => (/^(?:0|-?[1-9]\d*)$/.test(digits) ? varintBytes(BigInt(digits)) : undefined),
    { suggested: "bigintText" },
  ),
};
