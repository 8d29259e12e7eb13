/** The list of drift under a filter. */
import type { DriftKind } from "../../../../core/session/drift.ts";
import { keyText } from "../../format/key-text.ts";
import type { DriftFilter, DriftSummary } from "../api.ts";
import type { DriftTable } from "./drift-table.ts";
import { GROUP_ORDER } from "./group-order.ts";

export interface DriftGroup {
  readonly kind: DriftKind;
  readonly count: number;
  readonly decided: number;
}

export interface FilteredDrift {
  /** Indexes of the rows shown, in the list's order. */
  readonly indexes: Uint32Array;
  /** Of all kinds, under the filter's text. */
  readonly groups: readonly DriftGroup[];
}

/** What a filter leaves of the table; `summaryOf` gives what was read of a row so far. */
export function filterDrift(
  table: DriftTable,
  filter: DriftFilter,
  summaryOf: (index: number) => DriftSummary | undefined,
): FilteredDrift {
  const kinds = filter.kinds && new Set<DriftKind>(filter.kinds);
  const text = filter.text?.toLowerCase();
  const counts = new Map<DriftKind, { count: number; decided: number }>();
  const order = table.order();
  const indexes = new Uint32Array(order.length);
  let shown = 0;
  for (const index of order) {
    if (text !== undefined && !matches(table, index, text, summaryOf)) continue;
    const kind = table.kindOf(index);
    const { do: decision } = table.decisionOf(index);
    const group = counts.get(kind) ?? { count: 0, decided: 0 };
    counts.set(kind, group);
    group.count += 1;
    if (decision !== "decide" && decision !== "leave") group.decided += 1;
    if (kinds !== undefined && !kinds.has(kind)) continue;
    if (filter.undecidedOnly && decision !== "decide") continue;
    indexes[shown++] = index;
  }
  const groups = GROUP_ORDER.flatMap((kind) => {
    const group = counts.get(kind);
    return group === undefined ? [] : [{ kind, ...group }];
  });
  return { indexes: indexes.subarray(0, shown), groups };
}

function matches(
  table: DriftTable,
  index: number,
  text: string,
  summaryOf: (index: number) => DriftSummary | undefined,
): boolean {
  if (keyText(table.keyOf(index)).text.toLowerCase().includes(text)) return true;
  const summary = summaryOf(index);
  if (summary === undefined) return false;
  const words = summary.fields.flatMap(({ path, from, to }) => [path, from, to]);
  return [...words, summary.preview].some((word) => word?.toLowerCase().includes(text));
}
