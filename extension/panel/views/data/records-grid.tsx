import { useMemo } from "preact/hooks";
import { type GridMove, VirtualGrid } from "../../components/grid/virtual-grid.tsx";
import { Icon } from "../../components/icon.tsx";
import { copyText } from "../../format/copy-text.ts";
import { keyText } from "../../format/key-text.ts";
import { lineText, visible } from "../../format/value-text.ts";
import { type Panel, usePanel } from "../../stores/panel.ts";
import type { RecordRow } from "../../stores/records.ts";
import { cellTitle, isRecord, RecordLine } from "./record-line.tsx";

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
  const indexPath = page.chosen.value?.description.indexes.find((one) => one.name === index)?.keyPath;
  // A store of plain values has no fields: its second column is the value itself.
  const shown = useMemo(() => columns.filter(({ name }) => name !== keyPath), [columns, keyPath]);
  const fields = useMemo(() => shown.map(({ name }) => name), [shown]);
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
      onPick={({ line, column }, event) => void records.moveTo(line, Math.max(0, column), event.shiftKey)}
      titleOf={({ line, column }) => cellTitle(records.rows.peek(line), fields, column)}
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
      row={(line, id) => (
        <RecordLine
          id={id}
          line={line}
          row={records.rows.row(line)}
          fields={fields}
          selected={selected(line)}
          cursor={line === cursorRow ? cursorColumn : undefined}
        />
      )}
    />
  );
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
