/** Compare-and-sets of document mode: a gateway knows them for one row, so many are under way at a time. */
import { messageOf } from "../../../core/session/session-error.ts";
import type { BackendOutcome, BackendWrite } from "../backend.ts";
import { BackendError } from "../backend-error.ts";
import { inParallel } from "../shared/in-parallel.ts";
import { lookAtMissed } from "../shared/missed-writes.ts";
import { tokenAfter } from "../shared/tokens.ts";
import { inRequests, type RecordsOf, wholeRecords } from "./find-records.ts";
import { cellsOf } from "./record-rows.ts";
import { Column, recordRow } from "./schema.ts";

const REQUESTS_AT_A_TIME = 64;
const READS_AT_A_TIME = 8;

/** A gateway whose servers are down takes ten seconds to say so for each request: after so many the rest is not sent. */
const GIVE_UP_AFTER = 8;

/** How often the gateway has failed since it last answered, and what it said. */
interface Failures {
  inARow: number;
  last?: BackendError;
}

/** One outcome an operation, in order; no key comes twice. */
export async function compareAndSet(
  records: RecordsOf,
  operations: readonly BackendWrite[],
  writer: string,
): Promise<BackendOutcome[]> {
  const outcomes = new Map<string, BackendOutcome>();
  const there = await foreignRows(records, operations);
  const missed = operations.filter((operation) => there.has(operation));
  const open = operations.filter((operation) => !there.has(operation));
  const failures: Failures = { inARow: 0 };
  await inParallel(open, REQUESTS_AT_A_TIME, async (operation) => {
    const outcome = await write(records, operation, writer, failures);
    if (outcome === undefined) missed.push(operation);
    else outcomes.set(operation.opId, outcome);
  });
  await lookAtMissed(missed, (keys) => wholeRecords(records, keys), outcomes);
  return operations.map((operation) => decided(operation, outcomes.get(operation.opId)));
}

/**
 * Those that want to make a record where a row is that has no version: somebody else wrote it. The gateway compares one
 * cell, and to it such a row is as if there were none.
 */
async function foreignRows(
  { gateway, prefix }: RecordsOf,
  operations: readonly BackendWrite[],
): Promise<ReadonlySet<BackendWrite>> {
  const making = new Map(
    operations
      .filter(({ expect }) => expect === null)
      .map((operation) => [recordRow(prefix, operation.key), operation]),
  );
  const found = new Set<BackendWrite>();
  await inParallel(inRequests([...making.keys()]), READS_AT_A_TIME, async (rowKeys) => {
    for (const { key, cells } of await gateway.someRows(rowKeys, [])) {
      const operation = making.get(key);
      if (operation !== undefined && !cells.has(Column.version)) found.add(operation);
    }
  });
  return found;
}

/** Undefined = missed. */
async function write(
  { gateway, prefix }: RecordsOf,
  operation: BackendWrite,
  writer: string,
  failures: Failures,
): Promise<BackendOutcome | undefined> {
  const token = tokenAfter(operation.expect, operation.opId);
  // What can be no version of ours is expected by nothing that is there.
  if (token === undefined) return undefined;
  if (failures.last !== undefined && failures.inARow >= GIVE_UP_AFTER) {
    return { status: "rejected", code: failures.last.code, reason: `Not sent: ${failures.last.message}` };
  }
  try {
    const cells = cellsOf(operation, token, writer);
    const isApplied = await gateway.checkAndPut(recordRow(prefix, operation.key), cells, operation.expect);
    failures.inARow = 0;
    return isApplied ? { status: "applied", token } : undefined;
  } catch (error) {
    const reason = messageOf(error);
    if (error instanceof BackendError && error.code === "backend-unavailable") {
      failures.inARow++;
      failures.last = error;
    }
    if (!(error instanceof BackendError && error.nothingWritten)) return { status: "unknown", reason };
    return { status: "rejected", code: error.code, reason };
  }
}

/** The gateway may have sent a request twice: then the second missed what the first had done. */
function decided(operation: BackendWrite, outcome: BackendOutcome | undefined): BackendOutcome {
  if (outcome === undefined) return { status: "unknown", reason: "No answer came for this operation." };
  if (outcome.status !== "missed") return outcome;
  const token = tokenAfter(operation.expect, operation.opId);
  return token !== undefined && outcome.current.token === token ? { status: "applied", token } : outcome;
}
