/** What a file holds as the cell that a column's conversion wants: exact, or not representable with the reason. */
import { isLosslessNumber, stringify } from "lossless-json";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { ConversionName } from "../../../../core/mapping/conversions.ts";
import { isExactNumber } from "../../../../core/mapping/plain-json.ts";
import { CalendarDay, JsonText, Moment, NumberText, UntypedText } from "./file-values.ts";

type CellOrReason = Cell | NotRepresentable;

const WHOLE: ReadonlySet<ConversionName> = new Set<ConversionName>(["integer", "bigint"]);
const DATES: ReadonlySet<ConversionName> = new Set<ConversionName>([
  "dateMilliseconds",
  "dateSeconds",
  "dateText",
  "dateSql",
]);

const INTEGER = /^-?\d+$/;
const NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/;

/** Doubles are written with so many digits, by some programs with more of them than are needed. */
const DOUBLE_DIGITS = 17;

const no = (reason: string): NotRepresentable => new NotRepresentable(reason);

/** @param as Undefined for a column that only the scope names: the cell is what literals of scopes are compared with. */
export function cellOfValue(value: unknown, as: ConversionName | undefined): CellOrReason {
  if (value === null || value === undefined) return null;
  if (value instanceof NotRepresentable) return value;
  if (as === "json") return jsonCell(value);
  if (isLosslessNumber(value)) return numberCell(new NumberText(value.value), as);
  if (value instanceof UntypedText) return untypedCell(value.text, as);
  if (value instanceof NumberText) return numberCell(value, as);
  if (value instanceof Moment) return momentCell(value, as);
  if (value instanceof CalendarDay) return dayCell(value, as);
  if (value instanceof JsonText) return value.text;
  if (value instanceof Uint8Array) return value;
  switch (typeof value) {
    case "string":
      return value.isWellFormed() ? value : no("it holds a lone surrogate, which no UTF-8 has");
    case "boolean":
      return as === undefined || as === "boolean" ? (value ? 1n : 0n) : no(`it is ${value}, no ${as}`);
    case "bigint":
      return as === "real" ? exactReal(String(value)) : value;
    case "number":
      return doubleCell(value, as);
    default:
      return no('it is an object or an array: read it as "json"');
  }
}

/** A double, or an integer of at most 32 bits. */
function doubleCell(value: number, as: ConversionName | undefined): CellOrReason {
  if (as === "real" || !Number.isSafeInteger(value) || Object.is(value, -0)) return value;
  return BigInt(value);
}

function numberCell({ text, isDecimal }: NumberText, as: ConversionName | undefined): CellOrReason {
  if (as === "real") return isDecimal ? exactReal(text) : realOf(text);
  const whole = wholeOf(text);
  if (as !== undefined && (WHOLE.has(as) || DATES.has(as) || as === "boolean")) {
    return whole ?? no(`it is ${text}, no whole number`);
  }
  if (isDecimal && as !== undefined) return text;
  return whole ?? realOf(text);
}

/** Undefined where it is no whole number. */
function wholeOf(text: string): bigint | undefined {
  if (INTEGER.test(text)) return BigInt(text);
  // 3.0 and 1e3 are whole; zeros behind the point say nothing.
  const plain = /^(-?\d+)\.0*$/.exec(text)?.[1];
  if (plain !== undefined) return BigInt(plain);
  const number = Number(text);
  return Number.isSafeInteger(number) && isExactNumber(text) ? BigInt(number) : undefined;
}

/** What a double was written as. */
function realOf(text: string): CellOrReason {
  const digits = text
    .replace(/[eE].*$/, "")
    .replace(/\D/g, "")
    .replace(/^0+/, "");
  const isInteger = INTEGER.test(text);
  const number = Number(text);
  if (!Number.isFinite(number)) return no(`${shown(text)} is beyond what a number holds`);
  return !isInteger && digits.length <= DOUBLE_DIGITS ? number : exactReal(text);
}

/** Digits that all count. */
function exactReal(text: string): CellOrReason {
  if (isExactNumber(text.replace(/^\+/, ""))) return Number(text);
  return no(`${shown(text)} is no number that JavaScript can hold exactly`);
}

function untypedCell(text: string, as: ConversionName | undefined): CellOrReason {
  switch (as) {
    case "integer":
    case "bigint":
    case "dateMilliseconds":
    case "dateSeconds":
      return INTEGER.test(text) ? BigInt(text) : no(`its text ${shown(text)} is no whole number`);
    case "real":
      return NUMBER.test(text) ? realOf(text) : no(`its text ${shown(text)} is no number`);
    case "boolean":
      if (/^(?:true|1)$/i.test(text)) return 1n;
      return /^(?:false|0)$/i.test(text) ? 0n : no(`its text ${shown(text)} is neither true nor false`);
    default:
      return text;
  }
}

function momentCell(moment: Moment, as: ConversionName | undefined): CellOrReason {
  if (as === undefined || !DATES.has(as)) return moment.text;
  // A date and time of SQL is what a clock showed.
  if (!moment.isUtc && as !== "dateSql") {
    return no(`${moment.text} is a local time of no known zone: read it as "text" or "dateSql"`);
  }
  return (
    dateCell(moment.milliseconds, as) ?? no(`${moment.text} is more exact than a Date: read it as "text"`)
  );
}

function dayCell(day: CalendarDay, as: ConversionName | undefined): CellOrReason {
  if (as === undefined || !DATES.has(as)) return day.text;
  return dateCell(BigInt(day.days) * 86_400_000n, as) ?? day.text;
}

/** Undefined where the milliseconds are not known, or do not fit. */
function dateCell(milliseconds: bigint | undefined, as: ConversionName): CellOrReason | undefined {
  if (milliseconds === undefined) return undefined;
  if (as === "dateMilliseconds") return milliseconds;
  if (as === "dateSeconds") return milliseconds % 1000n === 0n ? milliseconds / 1000n : undefined;
  const date = new Date(Number(milliseconds));
  if (Number.isNaN(date.getTime())) return no("it is out of the range of Dates");
  const iso = date.toISOString();
  if (as === "dateText") return iso;
  return milliseconds % 1000n === 0n ? iso.slice(0, 19).replace("T", " ") : undefined;
}

/** Whether the text stands for one value alone, the conversion decides. */
function jsonCell(value: unknown): CellOrReason {
  if (value instanceof JsonText || value instanceof UntypedText || value instanceof NumberText)
    return value.text;
  try {
    return stringify(value, replaceInJson) ?? no("JSON has no such value");
  } catch (error) {
    if (error instanceof NotInJson) return no(error.message);
    throw error;
  }
}

class NotInJson extends Error {}

function replaceInJson(_name: string, value: unknown): unknown {
  if (value instanceof Moment || value instanceof CalendarDay) return value.text;
  if (value instanceof NotRepresentable) throw new NotInJson(value.reason);
  if (value instanceof Uint8Array) throw new NotInJson("it holds bytes, which JSON has none of");
  if (typeof value === "number" && !Number.isFinite(value)) throw new NotInJson(`JSON has no ${value}`);
  return value;
}

const shown = (text: string): string => text.slice(0, 40);
