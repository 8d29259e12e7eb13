/** What changes come to for a folder as it is: which hold, and what its files have to become for those. */
import { type Cell, NotRepresentable } from "../../../../../core/mapping/cell.ts";
import type { ConversionName } from "../../../../../core/mapping/conversions.ts";
import { keyText } from "../../../shared/key-text.ts";
import type { ServerPlan } from "../../../shared/tables/server-plan.ts";
import type { RowCells } from "../../../shared/tables/table-row.ts";
import type { ChangeResult, RowChange } from "../../../shared/tables/table-server.ts";
import type { WebHdfs } from "../../webhdfs/webhdfs.ts";
import { formatOf } from "../file-format.ts";
import { rowsOf } from "../file-rows.ts";
import type { FolderFacts } from "../folder-facts.ts";
import type { DataFile } from "../plain-files.ts";
import { conversionsOf, rowReader } from "../row-reader.ts";
import type { FileEdit } from "./file-edit.ts";
import { cellsOfChange, filesFor, refusalByPartition } from "./partition-of-row.ts";
import { isSameCell } from "./same-cell.ts";

/** What new rows are added to, since it is written anew as a whole. */
const MAX_GROWN_BYTES = 16 * 1024 * 1024;

interface PlacedRow {
  readonly file: DataFile;
  /** Its number in the file. */
  readonly at: number;
  readonly cells: RowCells;
}

export interface Verdict {
  /** One each change, in order: "applied" once the edits are committed. */
  readonly results: readonly ChangeResult[];
  readonly edits: readonly FileEdit[];
}

/** @param changes Of different keys. @param files That are read: rows in others are none. */
export async function judgeChanges(
  fs: WebHdfs,
  plan: ServerPlan,
  facts: FolderFacts,
  files: readonly DataFile[],
  changes: readonly RowChange[],
): Promise<Verdict> {
  const rows = await placedRows(fs, plan, facts, files, changes);
  const edits = new FileEdits(plan, files);
  const results = changes.map((change): ChangeResult => {
    const there = rows.get(keyOf(plan, change) ?? "") ?? [];
    const [row] = there;
    if (there.length !== (change.kind === "insert" ? 0 : 1)) return { is: "missed" };
    if (row !== undefined && !isAsSeen(plan, change, row)) return { is: "missed" };
    const reason = row === undefined ? edits.insert(change) : edits.change(change, row);
    return reason === undefined ? { is: "applied" } : { is: "rejected", code: "not-representable", reason };
  });
  return { results, edits: await edits.all(fs, facts) };
}

/** Undefined where no row can have it. */
export function keyOf({ codec }: ServerPlan, { key }: RowChange): string | undefined {
  const bytes = codec.cellsToKey(key);
  return bytes instanceof NotRepresentable ? undefined : keyText(bytes);
}

async function placedRows(
  fs: WebHdfs,
  plan: ServerPlan,
  { format }: FolderFacts,
  files: readonly DataFile[],
  changes: readonly RowChange[],
): Promise<ReadonlyMap<string, PlacedRow[]>> {
  const placed = new Map<string, PlacedRow[]>();
  if (format === undefined) return placed;
  const wanted = new Set(changes.map((change) => keyOf(plan, change)));
  const cellsOf = rowReader(plan, plan.read);
  let current: DataFile | undefined;
  let at = 0;
  for await (const { file, rows } of rowsOf(fs, format, files, plan.read)) {
    if (file !== current) at = 0;
    current = file;
    for (const fileRow of rows) {
      const cells = cellsOf(file, fileRow);
      const row = { file, at: at++, cells };
      const { key } = plan.toRow(cells);
      const text = key instanceof NotRepresentable ? undefined : keyText(key);
      if (text === undefined || !wanted.has(text)) continue;
      placed.set(text, [...(placed.get(text) ?? []), row]);
    }
  }
  return placed;
}

/** By all mapped cells and the version's, and the scope. */
function isAsSeen(plan: ServerPlan, { there }: RowChange, { cells }: PlacedRow): boolean {
  if (there === undefined) return false;
  const [now, before] = [plan.toRow(cells), plan.toRow(there.cells)];
  return now.token === before.token && now.inScope === before.inScope;
}

interface Edited {
  readonly changed: Map<number, ReadonlyMap<string, Cell> | "delete">;
  readonly added: ReadonlyMap<string, Cell>[];
}

/** Of several changes, by the files that they are in. */
class FileEdits {
  readonly #plan: ServerPlan;
  readonly #files: readonly DataFile[];
  readonly #conversions: ReadonlyMap<string, ConversionName>;
  readonly #edited = new Map<DataFile | undefined, Edited>();

  constructor(plan: ServerPlan, files: readonly DataFile[]) {
    this.#plan = plan;
    this.#files = files;
    this.#conversions = conversionsOf(plan);
  }

  /** @returns Why it cannot be. */
  change(change: RowChange, { file, at, cells: now }: PlacedRow): string | undefined {
    if (change.kind === "delete") {
      this.#of(file).changed.set(at, "delete");
      return undefined;
    }
    const refusal = refusalByPartition(this.#plan, this.#files, change, file);
    if (refusal !== undefined) return refusal;
    const cells = new Map(
      [...change.set].filter(([column, cell]) => {
        if (file.partition.has(column)) return false;
        const held = this.#plan.read.includes(column) ? now[this.#plan.positionOf(column)] : undefined;
        return held === undefined || !isSameCell(held, cell);
      }),
    );
    if (cells.size > 0) this.#of(file).changed.set(at, cells);
    return undefined;
  }

  /** @returns Why it cannot be. */
  insert(change: RowChange): string | undefined {
    const refusal = refusalByPartition(this.#plan, this.#files, change);
    if (refusal !== undefined) return refusal;
    const cells = cellsOfChange(this.#plan, change);
    const files = filesFor(this.#plan, this.#files, cells);
    const touched = files.find((file) => this.#edited.has(file) && file.bytes <= MAX_GROWN_BYTES);
    const smallest = [...files].sort((a, b) => a.bytes - b.bytes)[0];
    const place = touched ?? smallest;
    const own = [...cells].filter(([column]) => place?.partition.has(column) !== true);
    this.#of(place).added.push(new Map(own));
    return undefined;
  }

  all(fs: WebHdfs, { format: common }: FolderFacts): Promise<FileEdit[]> {
    return Promise.all(
      Array.from(this.#edited, async ([file, edited]) => ({
        ...edited,
        file,
        format: (file && (await formatOf(fs, file))) ?? common,
        replaces: file !== undefined && (edited.changed.size > 0 || file.bytes <= MAX_GROWN_BYTES),
        conversions: this.#conversions,
      })),
    );
  }

  #of(file: DataFile | undefined): Edited {
    const known = this.#edited.get(file);
    if (known !== undefined) return known;
    const edited: Edited = { changed: new Map(), added: [] };
    this.#edited.set(file, edited);
    return edited;
  }
}
