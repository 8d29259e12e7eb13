import { isOnKey, keyOfOperation } from "../../../../core/session/operation-list.ts";
import { type Outcomes, statusOfOutcome } from "../../../../core/session/outcomes.ts";
import type { ApplyReport, Plan } from "../../../../core/session/plan.ts";
import { refreshDrifts } from "../../../../core/session/refresh-drifts.ts";
import type { SessionPorts } from "../../../../core/session/session-ports.ts";
import type { ComparisonState } from "./comparison-state.ts";

type Status = ReturnType<typeof statusOfOutcome>;

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
      comparison.becameEqual(index);
    }
  }
  await readAgain(comparison, ports, toRead);
}

/**
 * Reads the rows again that somebody else wrote for a plan of ours: either side may have moved since.
 *
 * @throws As `refreshDrifts`.
 */
export async function rereadRows(
  comparison: ComparisonState,
  ports: SessionPorts,
  { operations }: Plan,
  written: Outcomes,
): Promise<void> {
  const { table } = comparison;
  const toRead: number[] = [];
  let row = 0;
  for (let index = 0; index < operations.length; index++) {
    if (written.statusAt(index) === undefined) continue;
    const key = keyOfOperation(operations, index);
    // Both lists are in key order.
    row = table.firstFrom(key, row);
    if (row < table.count && table.isOfKey(row, key)) toRead.push(row);
  }
  await readAgain(comparison, ports, toRead);
}

async function readAgain(
  comparison: ComparisonState,
  ports: SessionPorts,
  rows: readonly number[],
): Promise<void> {
  for (let from = 0; from < rows.length; from += ROWS_PER_READ) {
    const indexes = rows.slice(from, from + ROWS_PER_READ);
    const drifts = await refreshDrifts(
      ports,
      indexes.map((index) => comparison.table.keyOf(index)),
    );
    for (const [i, drift] of drifts.entries()) comparison.replace(indexes[i] as number, drift);
  }
}

/** Row index and the statuses of the operations on its record: a merge has two. Both lists are in key order. */
function* statusesByRow(
  { table }: ComparisonState,
  { operations }: Plan,
  { outcomes }: ApplyReport,
): Generator<[row: number, statuses: readonly Status[]]> {
  let row = 0;
  for (let index = 0; index < operations.length; index++) {
    // After a stop most operations were not run: they cost no look at their keys.
    if (statusOfOutcome(outcomes, index) === "notRun") continue;
    const key = keyOfOperation(operations, index);
    const isOfRecord = (other: number) => isOnKey(operations, other, key);
    const first = index > 0 && isOfRecord(index - 1) ? index - 1 : index;
    while (index + 1 < operations.length && isOfRecord(index + 1)) index++;
    const statuses: Status[] = [];
    for (let at = first; at <= index; at++) statuses.push(statusOfOutcome(outcomes, at));
    row = table.firstFrom(key, row);
    if (row === table.count) return;
    if (table.isOfKey(row, key)) yield [row, statuses];
  }
}
