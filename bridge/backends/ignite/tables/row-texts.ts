/** Rows as the cluster tells them: each column as text. */
import { type Cell, NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { FoundRow } from "../../shared/tables/table-server.ts";
import type { IgniteTable } from "./ignite-table.ts";
import { quoted } from "./table-names.ts";

/** The texts that the cells were made of: what a change compares, so that nothing that differs counts as the same. */
export type RowTexts = ReadonlyMap<string, string | null>;

/** What is selected; columns of types that cannot be mapped only say whether they are NULL. */
export function selection({ types }: IgniteTable, columns: readonly string[]): string {
  return columns
    .map((column) =>
      types.has(column) ? textOf(column) : `CASE WHEN ${quoted(column)} IS NULL THEN NULL ELSE '' END`,
    )
    .join(", ");
}

export const textOf = (column: string): string => `CAST(${quoted(column)} AS VARCHAR)`;

/** @param row By position of `columns`; there may be more behind them. */
export function foundRow(
  table: IgniteTable,
  columns: readonly string[],
  row: readonly unknown[],
): FoundRow<RowTexts> {
  const own = new Map<string, string | null>();
  const cells = columns.map((column, i) => {
    const text = row[i] === null || row[i] === undefined ? null : String(row[i]);
    own.set(column, text);
    return cellOf(table, column, text);
  });
  return { cells, own };
}

function cellOf(table: IgniteTable, column: string, text: string | null): Cell | NotRepresentable {
  if (text === null) return null;
  const type = table.types.get(column);
  if (type !== undefined) return type.toCell(text);
  const declared = table.columns.find(({ name }) => name === column)?.type ?? "OTHER";
  return new NotRepresentable(`columns of the type ${declared} cannot be mapped`);
}
