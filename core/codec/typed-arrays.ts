type ViewConstructor = new (buffer: ArrayBuffer, byteOffset: number, length?: number) => ArrayBufferView;

interface ViewType {
  readonly View: ViewConstructor;
  readonly elementBytes: number;
}

const global = globalThis as unknown as Record<
  string,
  (ViewConstructor & { BYTES_PER_ELEMENT?: number }) | undefined
>;

/** The types that a structured clone can have; this engine may lack the newest. */
const NAMES = [
  "DataView",
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float16Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
];

const viewTypes = new Map<string, ViewType>();
for (const name of NAMES) {
  const View = global[name];
  if (View !== undefined) viewTypes.set(name, { View, elementBytes: View.BYTES_PER_ELEMENT ?? 1 });
}

/** Undefined where this engine has no such type. `elementBytes` is 1 for a DataView. */
export function viewTypeOf(name: string): ViewType | undefined {
  return viewTypes.get(name);
}

/** Whether any engine has a type of this name. */
export function isViewName(name: string): boolean {
  return NAMES.includes(name);
}
