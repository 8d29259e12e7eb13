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
  textBytes: "string ⇄ UTF-8 bytes",
  jsonBytes: "plain value ⇄ JSON in bytes",
  valueBytes: "anything ⇄ value text in bytes",
  booleanByte: "boolean ⇄ one byte, 0 or 255",
  int32Bytes: "number ⇄ 4 bytes, big-endian",
  int64Bytes: "number ⇄ 8 bytes, big-endian",
  bigint64Bytes: "bigint ⇄ 8 bytes, big-endian",
  doubleBytes: "number ⇄ 8 bytes of a double",
};
