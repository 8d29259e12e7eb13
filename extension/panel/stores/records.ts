/** The records of the chosen store, by windows, and the record under the cursor. */
import { batch, computed, effect, signal, untracked } from "@preact/signals";
import type { RecordRead } from "../../../core/session/ports.ts";
import { keyText } from "../format/key-text.ts";
import { type CellValue, readCell } from "../format/read-value.ts";
import { lineText } from "../format/value-text.ts";
import type { GridRow, WorkerError } from "../worker/api.ts";
import type { Notices } from "./notices.ts";
import { type PageStore, sameStore } from "./page.ts";
import { createPagedWindow } from "./paged-window.ts";
import { asWorkerError, type WorkerPort } from "./worker-port.ts";

/** A row of the grid; its value is decoded once, when somebody looks at it. */
export interface RecordRow extends GridRow {
  readonly value: CellValue;
}

export type RecordState =
  | { readonly is: "none" }
  | { readonly is: "loading"; readonly row: RecordRow }
  | { readonly is: "ready"; readonly row: RecordRow; readonly record: RecordRead; readonly value: CellValue }
  | { readonly is: "error"; readonly row: RecordRow; readonly error: WorkerError };

/** A column of the grid: a top-level field, and px that its values on the first page need. */
export interface Column {
  readonly name: string;
  readonly width: number;
}

/** Characters of value text that are decoded when a page arrives. */
const MAX_LOOKED_AT = 200_000;

const MIN_WIDTH = 64;
const MAX_WIDTH = 220;
/** px of a character in the 11.5 px monospaced faces, and of a cell's two edges. */
const CHARACTER_WIDTH = 7;
const CELL_PADDING = 14;

/** Fields beyond these would make a grid that nobody can read; the detail has all of them. */
const MAX_COLUMNS = 40;

export function createRecordsStore(worker: WorkerPort, page: PageStore, notices: Notices) {
  const total = signal(0);
  const loaded = signal(false);
  const error = signal<WorkerError | undefined>(undefined);
  /** The index the grid is ordered by; undefined = primary key. */
  const index = signal<string | undefined>(undefined);
  /** Top-level fields of the records seen so far, in the order they appeared. */
  const columns = signal<readonly Column[]>([]);
  /** px that the longest key of the first page needs. */
  const keyWidth = signal(MIN_WIDTH);
  const cursor = signal<{ readonly row: number; readonly column: number }>({ row: 0, column: 0 });
  const anchor = signal<number | undefined>(undefined);
  const record = signal<RecordState>({ is: "none" });
  let recordRequest = 0;
  /** The next request is one that a person made. */
  let reloading = false;

  const rows = createPagedWindow<RecordRow>({
    fetch: async (offset, limit) => {
      const ref = page.chosenRef.peek();
      if (ref === undefined) return [];
      const order = index.peek();
      const readAnew = reloading;
      reloading = false;
      const answer = await worker.api.rows({
        ref,
        offset,
        limit,
        anew: readAnew,
        ...(order === undefined ? {} : { index: order }),
      });
      if (!sameStore(ref, page.chosenRef.peek())) return [];
      const decoded = answer.rows.map(withValue);
      batch(() => {
        total.value = answer.total;
        loaded.value = true;
        error.value = undefined;
        addColumns(decoded);
      });
      return decoded;
    },
    onError: (thrown) => {
      error.value = asWorkerError(thrown);
    },
  });

  function addColumns(arrived: readonly RecordRow[]): void {
    const known = new Set(columns.peek().map(({ name }) => name));
    const widths = new Map<string, number>();
    let key = 0;
    let looked = 0;
    for (const row of arrived) {
      // Large records are not decoded for their field names alone: that would hold up the screen.
      looked += row.body?.length ?? 0;
      if (looked > MAX_LOOKED_AT) break;
      key = Math.max(key, keyText(row.key).text.length);
      if (row.value.is !== "value" || !isPlainObject(row.value.value)) continue;
      for (const [name, value] of Object.entries(row.value.value)) {
        if (known.has(name) || (!widths.has(name) && known.size + widths.size >= MAX_COLUMNS)) continue;
        const length = Math.max(name.length + 2, lineText(value, { budget: 40, quoteStrings: false }).length);
        widths.set(name, Math.max(widths.get(name) ?? 0, length));
      }
    }
    if (known.size === 0) keyWidth.value = widthFor(key + 1);
    // A width is chosen once: columns that change under the eye are worse than a cut value.
    if (widths.size > 0)
      columns.value = [
        ...columns.peek(),
        ...Array.from(widths, ([name, length]) => ({ name, width: widthFor(length) })),
      ];
  }

  async function reopen(): Promise<void> {
    // A record that is on its way is of what was shown before.
    recordRequest++;
    batch(() => {
      total.value = 0;
      loaded.value = false;
      error.value = undefined;
      columns.value = [];
      cursor.value = { row: 0, column: 0 };
      anchor.value = undefined;
      record.value = { is: "none" };
    });
    rows.clear();
    if (page.chosenRef.peek() !== undefined) await moveTo(0, 0);
  }

  async function moveTo(row: number, column: number, extend = false): Promise<void> {
    const lastRow = Math.max(0, total.peek() - 1);
    const target = {
      row: Math.max(0, Math.min(lastRow, row)),
      column: Math.max(0, Math.min(columns.peek().length, column)),
    };
    const moved = target.row !== cursor.peek().row;
    batch(() => {
      anchor.value = extend ? (anchor.peek() ?? cursor.peek().row) : undefined;
      cursor.value = target;
    });
    const shown = record.peek();
    if (!moved && shown.is === "ready" && shown.row.index === target.row) return;
    const found = await rows.load(target.row);
    if (found !== undefined && cursor.peek().row === target.row) await readRecord(found);
  }

  async function readRecord(row: RecordRow): Promise<void> {
    const ref = page.chosenRef.peek();
    if (ref === undefined) return;
    const request = ++recordRequest;
    if (record.peek().is !== "ready") record.value = { is: "loading", row };
    try {
      const answer = await worker.api.record(ref, row.key);
      if (request === recordRequest)
        record.value = { is: "ready", row, record: answer, value: readCell(answer) };
    } catch (thrown) {
      if (request === recordRequest) record.value = { is: "error", row, error: asWorkerError(thrown) };
    }
  }

  /** What is on screen stays until the answer comes. */
  async function readAgain(): Promise<void> {
    rows.refresh();
    const { row, column } = cursor.peek();
    const found = await rows.load(row);
    if (found !== undefined) await readRecord(found);
    else if (total.peek() > 0) await moveTo(row, column);
    else {
      recordRequest++;
      record.value = { is: "none" };
    }
  }

  const identity = computed(() => page.chosenRef.value);
  effect(() => {
    identity.value;
    untracked(() => {
      index.value = undefined;
      void reopen();
    });
  });
  worker.on("navigated", () => {
    void reopen();
  });

  return {
    total,
    loaded,
    error,
    index,
    columns,
    keyWidth,
    cursor,
    anchor,
    record,
    rows,
    moveTo,
    sortBy(name: string | undefined): void {
      if (index.peek() === name) return;
      index.value = name;
      void reopen();
    },
    async reload(): Promise<void> {
      reloading = true;
      notices.dismiss();
      await readAgain();
    },
    /** It was out of sight, or something was written: what was read may be another by now. */
    async lookAgain(): Promise<void> {
      if (loaded.peek()) await readAgain();
    },
  };
}

function withValue(row: GridRow): RecordRow {
  let value: CellValue | undefined;
  return {
    ...row,
    get value() {
      value ??= readCell(row);
      return value;
    },
  };
}

/** px for so many characters of the grid's face. */
function widthFor(length: number): number {
  return Math.round(Math.max(MIN_WIDTH, Math.min(MAX_WIDTH, length * CHARACTER_WIDTH + CELL_PADDING)));
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
