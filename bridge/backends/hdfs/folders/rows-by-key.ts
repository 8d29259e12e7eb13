/**
 * Rows of a folder by their key. Nothing finds a row in files but reading them: a small folder's rows are kept as long as its
 * files are the same, a large one is read for every call.
 */
import { LRUCache } from "lru-cache";
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import { conditionsOf } from "../../../../core/mapping/scope.ts";
import { keyText } from "../../shared/key-text.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { FolderState } from "./data-files.ts";
import type { OwnRow } from "./writing/rest-of-row.ts";

/** Of files whose rows are kept, and of all that are. */
const SMALL_BYTES = 32 * 1024 * 1024;
const KEPT_BYTES = 64 * 1024 * 1024;

export interface FolderRead {
  readonly plan: ServerPlan;
  readonly state: FolderState;
  readonly columns: readonly string[];
  /** Of the files that are read, unpacked. */
  readonly bytes: number;
  /** All rows; ends normally only where they were all. */
  read(): AsyncIterable<readonly OwnRow[]>;
}

type Rows = ReadonlyMap<string, OwnRow>;

export class RowsByKey {
  readonly #kept = new LRUCache<string, Promise<Rows>>({ maxSize: KEPT_BYTES });

  /** One answer a key, in order. */
  async find(folder: FolderRead, keys: readonly (readonly Cell[])[]): Promise<(OwnRow | undefined)[]> {
    const texts = keys.map((cells) => {
      const key = folder.plan.codec.cellsToKey(cells);
      return key instanceof NotRepresentable ? undefined : keyText(key);
    });
    const rows =
      folder.bytes <= SMALL_BYTES
        ? await this.#all(folder)
        : await collected(folder, new Set(texts.filter((text) => text !== undefined)));
    return texts.map((text) => (text === undefined ? undefined : rows.get(text)));
  }

  /** Calls at the same time read once. */
  #all(folder: FolderRead): Promise<Rows> {
    const { plan, state, columns } = folder;
    const id = JSON.stringify([state.folder, plan.mapping, columns, state.signature]);
    const known = this.#kept.get(id);
    if (known !== undefined) return known;
    const rows = collected(folder);
    this.#kept.set(id, rows, { size: Math.max(1, folder.bytes) });
    rows.catch(() => this.#kept.delete(id));
    return rows;
  }
}

/** @param wanted Texts of keys; absent = all. */
async function collected({ plan, columns, read }: FolderRead, wanted?: ReadonlySet<string>): Promise<Rows> {
  const rows = new Map<string, OwnRow>();
  for await (const some of read()) {
    for (const found of some) {
      const { key, inScope } = plan.toRow(found.cells);
      if (key instanceof NotRepresentable) continue;
      const text = keyText(key);
      if (wanted?.has(text) === false) continue;
      const other = rows.get(text);
      if (other === undefined) rows.set(text, found);
      // Of a scan's rows those beyond the scope are none.
      else if (inScope) rows.set(text, isInScope(plan, other) ? ambiguous(plan, columns, found) : found);
    }
  }
  return rows;
}

const isInScope = (plan: ServerPlan, { cells }: OwnRow): boolean => plan.toRow(cells).inScope;

/** As a scan tells it of several rows; what the scope asks for is left as it is. */
function ambiguous(plan: ServerPlan, columns: readonly string[], { cells }: OwnRow): OwnRow {
  const { scope } = plan.mapping;
  const asked = new Set(scope === undefined ? [] : Array.from(conditionsOf(scope), ({ column }) => column));
  const told = plan.columns.findLast((column) => !asked.has(column)) ?? plan.columns[0];
  return {
    cells: cells.map((cell, i) =>
      columns[i] === told ? new NotRepresentable("several rows have this key") : cell,
    ),
  };
}
