/** What type a value has, in the words that stand beside it. */
import { BlobValue, ImageDataValue, OpaqueValue } from "../../../core/codec/platform-values.ts";

/** How a token is coloured. The type is written beside, never colour alone. */
export type ValueTone = "str" | "num" | "date" | "lit" | "obj" | "miss" | "bad";

export type TypedArray = Exclude<ArrayBufferView, DataView> & {
  readonly length: number;
  readonly [index: number]: number | bigint;
};

export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** `Object(5)` and the like. */
export function isBoxed(value: unknown): value is { valueOf(): unknown } {
  return (
    value instanceof Number || value instanceof String || value instanceof Boolean || value instanceof BigInt
  );
}

/** "string", "Object(3)", "Map(2)", "Float32Array(24)", "BigInt" … */
export function typeName(value: unknown): string {
  if (value === null) return "null";
  if (typeof value === "bigint") return "BigInt";
  if (typeof value !== "object") return typeof value;
  if (Array.isArray(value)) return `Array(${value.length})`;
  if (value instanceof Date) return "Date";
  if (value instanceof Map) return `Map(${value.size})`;
  if (value instanceof Set) return `Set(${value.size})`;
  if (isTypedArray(value)) return `${value.constructor.name}(${value.length})`;
  if (value instanceof DataView) return `DataView(${value.byteLength})`;
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${value.byteLength})`;
  if (value instanceof RegExp) return "RegExp";
  if (value instanceof Error) return value.name;
  if (value instanceof BlobValue) return value.name === undefined ? "Blob" : "File";
  if (value instanceof ImageDataValue) return "ImageData";
  if (value instanceof OpaqueValue) return value.typeName;
  if (value instanceof Number) return "Number object";
  if (value instanceof String) return "String object";
  if (value instanceof Boolean) return "Boolean object";
  if (value instanceof BigInt) return "BigInt object";
  return `Object(${Object.keys(value).length})`;
}
