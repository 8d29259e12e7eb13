/** One conditional change of a row, sent until it is known what it came to, or that this cannot be known. */
import { setTimeout as wait } from "node:timers/promises";
import { NotRepresentable } from "../../../../core/mapping/cell.ts";
import type { ServerPlan } from "../../shared/tables/server-plan.ts";
import type { ChangeResult, FoundRow, RowChange } from "../../shared/tables/table-server.ts";
import { isWorthRepeating } from "../cassandra-errors.ts";
import type { CassandraCluster } from "../cluster.ts";
import { largestProposal, tooLarge } from "../largest-write.ts";
import { requireTimes, writtenInFuture } from "./cell-times.ts";
import {
  type ChangeStatements,
  deleteStatements,
  insertStatements,
  type KeyOf,
  keyOf,
  type NamedTable,
  updateStatements,
} from "./row-statements.ts";

/** How often a change is sent that others were in the way of. */
const MAX_TRIES = 8;
const FIRST_PAUSE_MS = 10;

export interface ChangeTarget {
  readonly cluster: CassandraCluster;
  readonly table: NamedTable;
  readonly plan: ServerPlan;
  /** The row as it is now, after everything that is under way; undefined = there is none. */
  readonly findAgain: () => Promise<FoundRow | undefined>;
}

/** @throws BackendError; without `nothingWritten` it may have applied, or may still. */
export async function changeRow(target: ChangeTarget, change: RowChange): Promise<ChangeResult> {
  const { cluster, table, plan } = target;
  const key = keyOf(table.definition, plan, change.key);
  if (key instanceof NotRepresentable)
    return { is: "rejected", code: "not-representable", reason: `${key.reason}.` };
  const hidden = hiddenBehind(change);
  if (hidden !== undefined) {
    const reason = `The column ${JSON.stringify(hidden)} was written with a time that is still to come, behind which Cassandra would hide this change: wait until then, or have its writer write it again.`;
    return { is: "rejected", code: "changed-by-database", reason };
  }
  const made = statementsOf(target, key, change);
  if ("refused" in made) {
    return {
      is: "rejected",
      code: made.code,
      reason: `${made.refused.charAt(0).toUpperCase()}${made.refused.slice(1)}.`,
    };
  }
  // It was found a moment ago as it shall be.
  if (made.statements.length === 0) return { is: "applied" };
  const largest = await largestProposal(cluster);
  if (made.bytes > largest) {
    const { code, reason } = tooLarge(made.bytes, largest);
    return { is: "rejected", code, reason };
  }
  return send(target, made, change);
}

function statementsOf({ table, plan }: ChangeTarget, key: KeyOf, change: RowChange): ChangeStatements {
  switch (change.kind) {
    case "insert":
      return insertStatements(table, plan, change);
    case "update":
      return updateStatements(table, key, change);
    case "delete":
      return deleteStatements(table, key, change);
  }
}

function hiddenBehind({ kind, from, there }: RowChange): string | undefined {
  return kind === "insert" ? undefined : writtenInFuture(requireTimes(there?.own), from.keys());
}

/**
 * A coordinator that gives up tells that the change may have applied. A read at serial consistency then finishes or
 * ends what it left, so that a row which is still as it was proves that it did not.
 */
async function send(
  { cluster, plan, findAgain }: ChangeTarget,
  { statements }: Extract<ChangeStatements, { statements: unknown }>,
  change: RowChange,
): Promise<ChangeResult> {
  const before = change.there && plan.toRow(change.there.cells).token;
  for (let attempt = 1; ; attempt++) {
    try {
      return { is: (await cluster.conditionally(statements)) ? "applied" : "missed" };
    } catch (error) {
      if (!isWorthRepeating(error) || attempt === MAX_TRIES) throw error;
      await wait(FIRST_PAUSE_MS * 2 ** attempt * (0.5 + Math.random()));
      const found = await findAgain();
      if ((found && plan.toRow(found.cells).token) !== before) throw error;
    }
  }
}
