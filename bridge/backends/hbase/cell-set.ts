/** Rows as the gateway's JSON has them: keys, columns and values in Base64. */
import * as v from "valibot";

/** Column → value. */
export interface Row {
  readonly key: string;
  readonly cells: ReadonlyMap<string, Uint8Array>;
}

const CellSetSchema = v.object({
  Row: v.array(
    v.object({
      key: v.string(),
      Cell: v.array(v.object({ column: v.string(), $: v.optional(v.string(), "") })),
    }),
  ),
});

/** Undefined for what is not a set of cells. A row may be cut: its other cells come with the next answer. */
export function decodeRows(text: string): Row[] | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  const checked = v.safeParse(CellSetSchema, parsed);
  if (!checked.success) return undefined;
  return checked.output.Row.map(({ key, Cell }) => ({
    key: Buffer.from(key, "base64").toString("latin1"),
    cells: new Map(
      Cell.map(({ column, $ }) => [fromBase64(column).toString("latin1"), plainBytes(fromBase64($))]),
    ),
  }));
}

export type Cells = readonly (readonly [column: string, value: string | Uint8Array])[];

/** One row. */
export function encodeRow(key: string, cells: Cells): string {
  const Cell = cells.map(([column, value]) => ({ column: toBase64(column), $: toBase64(value) }));
  return JSON.stringify({ Row: [{ key: toBase64(key), Cell }] });
}

export function toBase64(value: string | Uint8Array): string {
  if (typeof value === "string") return Buffer.from(value, "utf8").toString("base64");
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
}

const fromBase64 = (text: string): Buffer => Buffer.from(text, "base64");

/** Buffers compare by their type, too. */
const plainBytes = ({ buffer, byteOffset, byteLength }: Buffer): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
