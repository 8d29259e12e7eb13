import { toHex } from "../../../../core/key/hex.ts";
import type { ApplyReport, Plan } from "../../../../core/session/plan.ts";
import { refreshDrifts } from "../../../../core/session/refresh-drifts.ts";
import type { SessionPorts } from "../../../../core/session/session-ports.ts";
import type { ComparisonState } from "./comparison-state.ts";

/** Rows that are read again in one round trip. */
const ROWS_PER_READ = 500;

/**
 * Takes what an apply did into the comparison at hand: a row whose every operation applied is equal now; one
 * that met a conflict is read again and stands in the list with fresh values, and so are the rows that an undo
 * wrote. What was not run stays as it is.
 *
 * @throws As `refreshDrifts`; the rows that applied are taken over all the same.
 */
export async function takeOver(
  comparison: ComparisonState,
  ports: SessionPorts,
  plan: Plan,
  report: ApplyReport,
): Promise<void> {
  const toRead: number[] = [];
  for (const [index, statuses] of statusesByRow(comparison, plan, report)) {
    const applied = statuses.every((status) => status === "applied");
    const moved = statuses.some((status) => status === "conflict" || status === "superseded");
    if (moved || (applied && plan.kind === "undo")) {
      toRead.push(index);
    } else if (applied) {
      const drift = comparison.table.driftAt(index);
      comparison.replace(index, { ...drift, kind: "equal", proposal: { do: "leave" } });
    }
  }
  toRead.sort((a, b) => a - b);
  for (let from = 0; from < toRead.length; from += ROWS_PER_READ) {
    const indexes = toRead.slice(from, from + ROWS_PER_READ);
    const drifts = await refreshDrifts(
      ports,
      indexes.map((index) => comparison.table.keyOf(index)),
    );
    for (const [i, drift] of drifts.entries()) comparison.replace(indexes[i] as number, drift);
  }
}

/** Row index → statuses of the operations on its record: a merge has two. */
function statusesByRow(comparison: ComparisonState, plan: Plan, report: ApplyReport): Map<number, string[]> {
  const rows = new Map<string, number | undefined>();
  const statuses = new Map<number, string[]>();
  for (const [i, operation] of plan.operations.entries()) {
    const hex = toHex(operation.key);
    const row = rows.has(hex) ? rows.get(hex) : comparison.find(operation.key);
    rows.set(hex, row);
    const status = report.outcomes[i]?.status;
    if (row === undefined || status === undefined) continue;
    const seen = statuses.get(row);
    if (seen === undefined) statuses.set(row, [status]);
    else seen.push(status);
  }
  return statuses;
}
