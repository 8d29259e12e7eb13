import { useMemo } from "preact/hooks";
import { toHex } from "../../../../core/key/hex.ts";
import { Glyph } from "../../components/icon.tsx";
import { keyText } from "../../format/key-text.ts";
import { bytes } from "../../format/numbers.ts";
import { typeName } from "../../format/value-kinds.ts";
import { lineText, lineTone } from "../../format/value-text.ts";
import type { RecordRow } from "../../stores/records.ts";

const CELL = { budget: 60, quoteStrings: false } as const;
const TITLE = { budget: 400 } as const;

export interface RecordLineProps {
  readonly id: string;
  readonly line: number;
  /** Undefined while it is on its way. */
  readonly row: RecordRow | undefined;
  /** Top-level fields with a column; empty for a store of plain values. */
  readonly fields: readonly string[];
  readonly selected: boolean;
  /** The active cell, if this is the active line. */
  readonly cursor: number | undefined;
}

/** One record of the grid. It is drawn again only when something of it changed, not at every scroll. */
export function RecordLine({ id, line, row, fields, selected, cursor }: RecordLineProps) {
  return useMemo(() => {
    const key = row === undefined ? undefined : keyText(row.key);
    const look = (column: number, base = "") => `${base}${cursor === column ? " cursor" : ""}`;
    return (
      <div
        id={id}
        role="row"
        class={row === undefined ? "waiting" : undefined}
        aria-rowindex={line + 2}
        aria-selected={selected}
        data-testid="record"
        data-key={row === undefined ? undefined : toHex(row.key)}
      >
        <div role="gridcell" id={`${id}-0`} class={look(0, "keycell")}>
          <bdi class={key?.type === "number" ? "v-num" : key?.type === "Date" ? "v-date" : "v-str"}>
            {key?.text ?? "…"}
          </bdi>
        </div>
        <Fields id={id} row={row} fields={fields} look={look} />
      </div>
    );
  }, [id, line, row, fields, selected, cursor]);
}

function Fields(props: {
  id: string;
  row: RecordRow | undefined;
  fields: readonly string[];
  look: (column: number, base?: string) => string;
}) {
  const { id, row, fields, look } = props;
  const value = row?.value;
  const record = value?.is === "value" && isRecord(value.value) ? value.value : undefined;
  // A row on its way has the cells that it will most likely have: then its text is all that changes.
  if (fields.length > 0 && (record !== undefined || value === undefined))
    return (
      <>
        {fields.map((name, i) => (
          <FieldCell key={name} id={`${id}-${i + 1}`} look={look(i + 1)} record={record} name={name} />
        ))}
      </>
    );
  return (
    <div role="gridcell" id={`${id}-1`} class={look(1, "flex rest")}>
      {value === undefined ? null : value.is === "value" ? (
        <bdi class={`v-${lineTone(value.value)}`}>{lineText(value.value, CELL)}</bdi>
      ) : value.is === "large" ? (
        <span class="v-obj">{bytes(value.size)}, open to read</span>
      ) : value.is === "absent" ? (
        <span class="v-miss">gone</span>
      ) : (
        <>
          <Glyph name="bad" tone="off" />
          <span class="muted trunc">cannot be read: {value.reason}</span>
        </>
      )}
    </div>
  );
}

function FieldCell(props: {
  id: string;
  look: string;
  record: Record<string, unknown> | undefined;
  name: string;
}) {
  const { record, name } = props;
  const present = record !== undefined && Object.hasOwn(record, name);
  const field = record?.[name];
  const tone = present ? lineTone(field) : "miss";
  return (
    <div role="gridcell" id={props.id} class={tone === "num" ? `num${props.look}` : props.look}>
      <bdi class={`v-${tone}`}>{present ? lineText(field, CELL) : record === undefined ? "" : "·"}</bdi>
    </div>
  );
}

/** What a cell says in full, with its type. */
export function cellTitle(
  row: RecordRow | undefined,
  fields: readonly string[],
  column: number,
): string | undefined {
  if (row === undefined) return undefined;
  if (column <= 0) {
    const key = keyText(row.key);
    return `${key.text} (${key.type})`;
  }
  const { value } = row;
  if (value.is === "unreadable") return value.reason;
  if (value.is !== "value") return undefined;
  if (fields.length === 0 || !isRecord(value.value)) return described(value.value);
  const name = fields[column - 1];
  if (name === undefined) return undefined;
  return Object.hasOwn(value.value, name)
    ? described(value.value[name])
    : "missing: the record has no such property";
}

function described(value: unknown): string {
  return `${lineText(value, TITLE)}\n${typeName(value)}`;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
