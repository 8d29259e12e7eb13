/** Conversions in the words of the mapping editor: value in the page, cell in the table. */
import type { ConversionName } from "../../../core/mapping/conversions.ts";

export const CONVERSION_WORDS: Readonly<Record<ConversionName, string>> = {
  text: "string ⇄ text",
  integer: "number ⇄ integer",
  real: "number ⇄ real",
  boolean: "boolean ⇄ 0 or 1",
  bigint: "bigint ⇄ integer",
  bigintText: "bigint ⇄ text",
  dateMilliseconds: "Date ⇄ ms since 1970",
  dateSeconds: "Date ⇄ s since 1970",
  dateText: "Date ⇄ ISO text",
  dateSql: "Date ⇄ SQL text",
  bytes: "Uint8Array ⇄ blob",
  buffer: "ArrayBuffer ⇄ blob",
  json: "plain value ⇄ JSON",
  value: "anything ⇄ value text",
};
