import { toHex } from "../../../../core/key/hex.ts";
import { type GridMove, VirtualGrid } from "../../components/grid/virtual-grid.tsx";
import { Glyph, Icon } from "../../components/icon.tsx";
import { InlineValue } from "../../components/value/inline-value.tsx";
import { copyText } from "../../format/copy-text.ts";
import { keyText } from "../../format/key-text.ts";
import { bytes } from "../../format/numbers.ts";
import { typeName } from "../../format/value-kinds.ts";
import { lineText, visible } from "../../format/value-text.ts";
import { type Panel, usePanel } from "../../stores/panel.ts";
import type { RecordRow } from "../../stores/records.ts";

const CELL = { budget: 90, quoteStrings: false } as const;
const PLAIN_WIDTH = 200;

/** Records by key or index: the key first, then the top-level fields that the records seen so far have. */
export function RecordsGrid() {
  const panel = usePanel();
  const { records, page } = panel;
  records.rows.version.value;
  const columns = records.columns.value;
  const { row: cursorRow, column: cursorColumn } = records.cursor.value;
  const anchor = records.anchor.value;
  const index = records.index.value;
  const keyPath = page.chosen.value?.description.keyPath;
  const isKeyField = (name: string) => name === keyPath;
  const indexPath = page.chosen.value?.description.indexes.find((one) => one.name === index)?.keyPath;
  // A store of plain values has no fields: its second column is the value itself.
  const shown = columns.filter(({ name }) => !isKeyField(name));
  const fields = shown.map(({ name }) => name);
  const plain = fields.length === 0;
  const selected = (line: number) =>
    anchor === undefined
      ? line === cursorRow
      : line >= Math.min(anchor, cursorRow) && line <= Math.max(anchor, cursorRow);
  const names = plain ? ["value"] : fields;
  const widths = plain ? [PLAIN_WIDTH] : shown.map(({ width }) => width);
  const keyWidth = records.keyWidth.value;

  function onMove(move: GridMove, event: KeyboardEvent): void {
    const last = records.total.value - 1;
    const [row, column] =
      "to" in move
        ? move.to === "first"
          ? [0, cursorColumn]
          : move.to === "last"
            ? [last, cursorColumn]
            : [cursorRow, move.to === "rowStart" ? 0 : names.length]
        : move.by === "lines"
          ? [cursorRow + move.lines, cursorColumn]
          : [cursorRow, Math.min(names.length, cursorColumn + move.cells)];
    void records.moveTo(row, column, event.shiftKey && row !== cursorRow);
  }

  return (
    <VirtualGrid
      id="rec"
      label={`Records of ${page.chosen.value?.ref.store ?? ""}`}
      testId="records"
      lines={records.total.value}
      columnCount={names.length + 1}
      template={[keyWidth, ...widths]
        .map((width, i) => (i === 0 ? `${width}px` : `minmax(${width}px, ${width}fr)`))
        .join(" ")}
      minWidth={widths.reduce((sum, width) => sum + width, keyWidth)}
      cursor={records.total.value === 0 ? -1 : cursorRow}
      cursorCell={cursorColumn}
      multiselectable
      onMove={onMove}
      onKey={(event) => gridKey(event, panel, names, plain)}
      head={
        <div role="row" class="head" aria-rowindex={1}>
          <div
            role="columnheader"
            class="keycell"
            aria-sort={index === undefined ? "ascending" : undefined}
            title={
              index === undefined ? "In the order of the keys" : "Primary key. Order by key to sort by it."
            }
          >
            <span class="muted">
              <Icon name="key" small />
            </span>
            <bdi class="nm">{typeof keyPath === "string" && keyPath !== "" ? keyPath : "key"}</bdi>
          </div>
          {names.map((name) => (
            <div
              key={name}
              role="columnheader"
              aria-sort={index !== undefined && name === indexPath ? "ascending" : undefined}
              title={visible(name)}
            >
              <bdi class="nm">{visible(name)}</bdi>
              {index !== undefined && name === indexPath ? <Icon name="down" small /> : null}
            </div>
          ))}
        </div>
      }
      row={(line, id) => {
        const row = records.rows.row(line);
        return row === undefined ? (
          <div key={`wait-${line}`} id={id} role="row" class="waiting" aria-rowindex={line + 2}>
            <div role="gridcell" class="waitcell" id={`${id}-${cursorColumn}`}>
              <span class="sr">Loading</span>
            </div>
          </div>
        ) : (
          <RecordLine
            key={line}
            id={id}
            line={line}
            row={row}
            fields={fields}
            selected={selected(line)}
            cursor={line === cursorRow ? cursorColumn : undefined}
            onChoose={(column, extend) => void records.moveTo(line, column, extend)}
          />
        );
      }}
    />
  );
}

function RecordLine(props: {
  id: string;
  line: number;
  row: RecordRow;
  fields: readonly string[];
  selected: boolean;
  cursor: number | undefined;
  onChoose: (column: number, extend: boolean) => void;
}) {
  const { row, fields, cursor } = props;
  const key = keyText(row.key);
  const cell = (column: number) => ({
    role: "gridcell" as const,
    id: `${props.id}-${column}`,
    tabIndex: -1,
    "aria-colindex": column + 1,
    onClick: (event: MouseEvent) => props.onChoose(column, event.shiftKey),
  });
  const look = (column: number, base = "") => `${base}${cursor === column ? " cursor" : ""}`;
  return (
    <div
      id={props.id}
      role="row"
      aria-rowindex={props.line + 2}
      aria-selected={props.selected}
      data-testid="record"
      data-key={toHex(row.key)}
    >
      <div {...cell(0)} class={look(0, "keycell")} title={`${key.text} (${key.type})`}>
        <bdi class={key.type === "number" ? "v-num" : key.type === "Date" ? "v-date" : "v-str"}>
          {key.text}
        </bdi>
      </div>
      <Fields row={row} fields={fields} cell={cell} look={look} />
    </div>
  );
}

function Fields(props: {
  row: RecordRow;
  fields: readonly string[];
  cell: (column: number) => Record<string, unknown>;
  look: (column: number, base?: string) => string;
}) {
  const { row, fields, cell, look } = props;
  const { value } = row;
  if (value.is === "unreadable")
    return (
      <div {...cell(1)} class={look(1, "flex rest")} title={value.reason}>
        <Glyph name="bad" tone="off" />
        <span class="muted">cannot be read: {value.reason}</span>
      </div>
    );
  if (value.is === "large")
    return (
      <div {...cell(1)} class={look(1, "rest")} title="Larger than the preview: open it to read it whole">
        <span class="v-obj">{bytes(value.size)}, open to read</span>
      </div>
    );
  if (value.is === "absent")
    return (
      <div {...cell(1)} class={look(1, "rest")}>
        <span class="v-miss">gone</span>
      </div>
    );
  if (fields.length === 0 || !isRecord(value.value))
    return (
      <div
        {...cell(1)}
        class={look(1, "rest")}
        title={`${lineText(value.value, { budget: 400 })}\n${typeName(value.value)}`}
      >
        <InlineValue value={value.value} options={CELL} />
      </div>
    );
  const record = value.value;
  return (
    <>
      {fields.map((name, i) => {
        const column = i + 1;
        if (!Object.hasOwn(record, name))
          return (
            <div
              key={name}
              {...cell(column)}
              class={look(column)}
              title="missing: the record has no such property"
            >
              <span class="v-miss">·</span>
            </div>
          );
        const field = record[name];
        const isNumber = typeof field === "number" || typeof field === "bigint";
        return (
          <div
            key={name}
            {...cell(column)}
            class={look(column, isNumber ? "num" : "")}
            title={`${lineText(field, { budget: 400 })}\n${typeName(field)}`}
          >
            <InlineValue value={field} options={CELL} />
          </div>
        );
      })}
    </>
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

/** Ctrl+C copies the cell, or the selected rows as lines; Ctrl+A is left to the browser. */
function gridKey(
  event: KeyboardEvent,
  { records }: Panel,
  names: readonly string[],
  plain: boolean,
): boolean {
  const control = event.ctrlKey || event.metaKey;
  if (control && event.key.toLowerCase() === "c") {
    const { row, column } = records.cursor.value;
    const anchor = records.anchor.value;
    if (anchor === undefined || anchor === row) {
      const text = cellText(records.rows.peek(row), column, names, plain);
      return text !== undefined && copyText(text);
    }
    const lines: string[] = [];
    for (let line = Math.min(anchor, row); line <= Math.max(anchor, row); line++) {
      const found = records.rows.peek(line);
      if (found !== undefined)
        lines.push(
          [0, ...names.map((_, i) => i + 1)].map((at) => cellText(found, at, names, plain) ?? "").join("\t"),
        );
    }
    return copyText(lines.join("\n"));
  }
  if (event.key === "Enter" || event.key === "F2") {
    document.querySelector<HTMLElement>('[data-testid="record-detail"] [tabindex="0"]')?.focus();
    return true;
  }
  return false;
}

function cellText(
  row: RecordRow | undefined,
  column: number,
  names: readonly string[],
  plain: boolean,
): string | undefined {
  if (row === undefined) return undefined;
  if (column === 0) return keyText(row.key).text;
  if (row.value.is !== "value") return undefined;
  if (plain || !isRecord(row.value.value)) return lineText(row.value.value, { budget: 1_000_000 });
  const name = names[column - 1];
  if (name === undefined || !Object.hasOwn(row.value.value, name)) return "";
  const field = row.value.value[name];
  return typeof field === "string" ? field : lineText(field, { budget: 1_000_000 });
}
