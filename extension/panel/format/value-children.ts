/**
 * What a value holds, one level down, for a tree that is opened step by step. Long collections answer ranges
 * of at most a hundred, nested as often as needed, so that no step is long whatever the value's size.
 */
import { BlobValue, ImageDataValue, OpaqueValue } from "../../../core/codec/platform-values.ts";
import { isTypedArray } from "./value-kinds.ts";
import { lineText, visible } from "./value-text.ts";

export interface ChildNode {
  /** Unique among its siblings. */
  readonly id: string;
  readonly label: string;
  /** A quiet label: an index, a range, a part that is not a property. */
  readonly quiet?: boolean;
  readonly content:
    | { readonly is: "value"; readonly value: unknown }
    /** A line of its own that is no value: a run of holes, a row of bytes. */
    | { readonly is: "note"; readonly text: string }
    /** More of the same parent. */
    | { readonly is: "range"; readonly from: number; readonly to: number };
}

const RANGE = 100;
const BYTES_A_ROW = 16;

export function hasChildren(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (value instanceof OpaqueValue || value instanceof Date || value instanceof RegExp) return false;
  if (value instanceof BlobValue || value instanceof ImageDataValue) return true;
  if (value instanceof Map || value instanceof Set) return value.size > 0;
  if (value instanceof ArrayBuffer || value instanceof DataView) return value.byteLength > 0;
  if (isTypedArray(value)) return value.length > 0;
  if (Array.isArray(value)) return value.length > 0 || Object.keys(value).length > 0;
  if (value instanceof Error) return true;
  return Object.keys(value).length > 0;
}

/** The children of a value, or those of one of its ranges. */
export function childrenOf(value: object, range?: { from: number; to: number }): readonly ChildNode[] {
  if (value instanceof BlobValue)
    return fields({
      type: value.type,
      size: value.size,
      ...(value.name === undefined ? {} : { name: value.name }),
      ...(value.lastModified === undefined ? {} : { lastModified: new Date(value.lastModified) }),
      ...(value.bytes === undefined ? {} : { bytes: value.bytes }),
    });
  if (value instanceof ImageDataValue)
    return fields({
      width: value.width,
      height: value.height,
      colorSpace: value.colorSpace,
      bytes: value.bytes,
    });
  if (value instanceof ArrayBuffer) return byteRows(new Uint8Array(value), range);
  if (value instanceof DataView)
    return byteRows(new Uint8Array(value.buffer, value.byteOffset, value.byteLength), range);
  if (isTypedArray(value)) return indexed(value.length, range, (i) => itemNode(i, value[i]));
  if (Array.isArray(value)) return arrayChildren(value, range);
  if (value instanceof Map) {
    const entries = [...value];
    return indexed(entries.length, range, (i) => entryNode(i, entries[i] ?? [undefined, undefined]));
  }
  if (value instanceof Set) {
    const items = [...value];
    return indexed(items.length, range, (i) => itemNode(i, items[i]));
  }
  if (value instanceof Error) return [...errorParts(value), ...propertiesOf(value, range)];
  return propertiesOf(value, range);
}

function propertiesOf(value: object, range: { from: number; to: number } | undefined): readonly ChildNode[] {
  const names = Object.keys(value);
  return indexed(names.length, range, (i) => propertyNode(value, names[i] ?? ""));
}

function arrayChildren(
  array: readonly unknown[],
  range: { from: number; to: number } | undefined,
): readonly ChildNode[] {
  const names = Object.keys(array);
  const extras = names.filter((name) => !isIndex(name));
  const filled = names.length - extras.length;
  const items =
    filled < array.length / 2
      ? sparseItems(array, names.slice(0, filled), range)
      : indexed(array.length, range, (i) => (i in array ? itemNode(i, array[i]) : holeNode(i, i)));
  if (range !== undefined) return items;
  return [...items, ...extras.map((name) => propertyNode(array, name))];
}

/** Mostly holes: the runs of holes are lines of their own, so that a length of a billion stays readable. */
function sparseItems(
  array: readonly unknown[],
  indexes: readonly string[],
  range: { from: number; to: number } | undefined,
): readonly ChildNode[] {
  const lines: ChildNode[] = [];
  let next = 0;
  for (const name of indexes) {
    const index = Number(name);
    if (index > next) lines.push(holeNode(next, index - 1));
    lines.push(itemNode(index, array[index]));
    next = index + 1;
  }
  if (next < array.length) lines.push(holeNode(next, array.length - 1));
  return indexed(lines.length, range, (i) => lines[i] ?? holeNode(i, i));
}

function indexed(
  length: number,
  range: { from: number; to: number } | undefined,
  node: (index: number) => ChildNode,
): readonly ChildNode[] {
  const from = range?.from ?? 0;
  const to = range?.to ?? length;
  const size = to - from;
  if (size <= RANGE) return Array.from({ length: size }, (_, i) => node(from + i));
  // The smallest power of a hundred that leaves at most a hundred ranges.
  let step = RANGE;
  while (size / step > RANGE) step *= RANGE;
  const ranges: ChildNode[] = [];
  for (let start = from; start < to; start += step) {
    const end = Math.min(to, start + step);
    ranges.push({
      id: `range ${start} ${end}`,
      label: `${start} … ${end - 1}`,
      quiet: true,
      content: { is: "range", from: start, to: end },
    });
  }
  return ranges;
}

function byteRows(all: Uint8Array, range: { from: number; to: number } | undefined): readonly ChildNode[] {
  return indexed(Math.ceil(all.length / BYTES_A_ROW), range, (row) => {
    const start = row * BYTES_A_ROW;
    const text = Array.from(all.subarray(start, start + BYTES_A_ROW), (byte) =>
      byte.toString(16).padStart(2, "0"),
    ).join(" ");
    return {
      id: `row ${row}`,
      label: start.toString(16).padStart(6, "0"),
      quiet: true,
      content: { is: "note", text },
    };
  });
}

function errorParts(error: Error): readonly ChildNode[] {
  return fields({
    name: error.name,
    message: error.message,
    ...("cause" in error && !Object.keys(error).includes("cause") ? { cause: error.cause } : {}),
  });
}

function fields(parts: Readonly<Record<string, unknown>>): readonly ChildNode[] {
  return Object.entries(parts).map(([name, value]) => ({
    id: `part ${name}`,
    label: name,
    quiet: true,
    content: { is: "value", value },
  }));
}

function propertyNode(of: object, name: string): ChildNode {
  return {
    id: `.${name}`,
    label: name === "" ? '""' : visible(name),
    content: { is: "value", value: (of as Record<string, unknown>)[name] },
  };
}

function itemNode(index: number, value: unknown): ChildNode {
  return { id: String(index), label: String(index), quiet: true, content: { is: "value", value } };
}

/** A key that is an object cannot be a label: the entry opens to key and value. */
function entryNode(index: number, [key, value]: readonly [unknown, unknown]): ChildNode {
  if (typeof key === "object" && key !== null && hasChildren(key))
    return {
      id: String(index),
      label: `entry ${index}`,
      quiet: true,
      content: { is: "value", value: { key, value } },
    };
  return {
    id: String(index),
    label: `${lineText(key, { budget: 60 })} →`,
    quiet: true,
    content: { is: "value", value },
  };
}

function holeNode(first: number, last: number): ChildNode {
  const run = last - first + 1;
  return {
    id: `hole ${first}`,
    label: first === last ? String(first) : `${first} … ${last}`,
    quiet: true,
    content: { is: "note", text: run === 1 ? "empty" : `empty × ${run}` },
  };
}

function isIndex(name: string): boolean {
  const index = Number(name);
  return Number.isInteger(index) && index >= 0 && index < 2 ** 32 - 1 && String(index) === name;
}
