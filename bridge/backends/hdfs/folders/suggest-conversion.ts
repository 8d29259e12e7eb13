/** What a column of files is best read as, by what its first rows hold. */
import { isLosslessNumber } from "lossless-json";
import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import { type ConversionName, fromCell } from "../../../../core/mapping/conversions.ts";
import { cellOfValue } from "./cell-of-value.ts";
import { CalendarDay, JsonText, Moment, NumberText, UntypedText } from "./file-values.ts";

/** Of values without a type, the first that all of them fit; what begins with 0 is no number to people. */
const UNTYPED: readonly (readonly [ConversionName, RegExp])[] = [
  ["integer", /^-?(?:0|[1-9]\d*)$/],
  ["bigint", /^-?(?:0|[1-9]\d*)$/],
  ["real", /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?$/],
  ["boolean", /^(?:true|false)$/i],
];

/** @param values Of one column. @returns undefined where there are none but NULLs */
export function suggestConversion(values: readonly unknown[]): ConversionName | undefined {
  const held = values.filter((value) => value !== null && value !== undefined);
  const first = held[0];
  if (first === undefined) return undefined;
  return candidates(first).find((as) => held.every((value) => fits(value, as))) ?? fallback(held);
}

function candidates(first: unknown): readonly ConversionName[] {
  if (first instanceof UntypedText) return [...UNTYPED.map(([as]) => as), "text"];
  if (first instanceof Moment) return ["dateMilliseconds", "text"];
  if (first instanceof CalendarDay) return ["text"];
  if (first instanceof NumberText && first.isDecimal) return ["text"];
  if (first instanceof JsonText) return ["json"];
  if (first instanceof Uint8Array) return ["bytes"];
  if (typeof first === "string") return ["text"];
  if (typeof first === "boolean") return ["boolean"];
  const isNumber = typeof first === "number" || typeof first === "bigint" || isLosslessNumber(first);
  return isNumber ? ["integer", "bigint", "real"] : ["json"];
}

function fits(value: unknown, as: ConversionName): boolean {
  if (value instanceof UntypedText) {
    const pattern = UNTYPED.find(([name]) => name === as)?.[1];
    if (pattern?.test(value.text) === false) return false;
  }
  const cell = cellOfValue(value, as);
  if (cell === null || cell instanceof NotRepresentable) return false;
  return !(fromCell(cell, as) instanceof NotRepresentable);
}

/** Values of several kinds. */
const fallback = (held: readonly unknown[]): ConversionName =>
  held.some((value) => value instanceof UntypedText) ? "text" : "json";
