/**
 * Compare-and-sets of document mode: many rows in a statement, which changes those whose condition holds. Where fewer
 * changed than were given, what is there now says which.
 */
import { messageOf } from "../../../core/session/session-error.ts";
import type { BackendOutcome, BackendWrite } from "../backend.ts";
import { BackendError } from "../backend-error.ts";
import { inParallel } from "../shared/in-parallel.ts";
import { keyText } from "../shared/key-text.ts";
import { lookAtMissed } from "../shared/missed-writes.ts";
import { tokenAfter } from "../shared/tokens.ts";
import { findHeads, wholeRecords } from "./find-records.ts";
import { isFinished } from "./ignite-errors.ts";
import { type IgniteNode, MAX_ARGUMENTS } from "./ignite-node.ts";
import type { RecordsOf } from "./record-rows.ts";
import { ARGUMENTS_PER_ROW, type EncodedWrite, encodeWrite, writeStatement } from "./write-statements.ts";

const STATEMENTS_AT_A_TIME = 8;
const ROWS_PER_STATEMENT = 100;
const BYTES_PER_STATEMENT = 512 * 1024;
/** Where the node takes no larger forms than Jetty's default. */
const SMALL_STATEMENT_BYTES = 190_000;

/** A row that another writer was just at: the statement did not write it, its condition may hold still. */
const MAX_TRIES = 8;

export interface WriteTarget {
  readonly node: IgniteNode;
  readonly records: RecordsOf;
  readonly writer: string;
}

/** One outcome an operation, in order; no key comes twice. */
export async function compareAndSet(
  target: WriteTarget,
  operations: readonly BackendWrite[],
): Promise<BackendOutcome[]> {
  const { node, records } = target;
  const outcomes = new Map<string, BackendOutcome>();
  const missed: BackendWrite[] = [];
  const writes: EncodedWrite[] = [];
  for (const operation of operations) {
    const token = tokenAfter(operation.expect, operation.opId);
    // What can be no version of ours is expected by nothing that is there.
    if (token === undefined) missed.push(operation);
    else writes.push(encodeWrite(records, operation, token));
  }
  const statements = await inStatements(node, writes, outcomes);
  await inParallel(statements, STATEMENTS_AT_A_TIME, async (some) => {
    for (const write of await writeAll(target, some, outcomes)) missed.push(write.operation);
  });
  await lookAtMissed(missed, (keys) => wholeRecords(node, records, keys), outcomes);
  return operations.map(({ opId }) => outcomes.get(opId) ?? UNANSWERED);
}

const UNANSWERED: BackendOutcome = { status: "unknown", reason: "No answer came for this operation." };

/** What the node does not take is told in `outcomes`, and in none. */
async function inStatements(
  node: IgniteNode,
  writes: readonly EncodedWrite[],
  outcomes: Map<string, BackendOutcome>,
): Promise<EncodedWrite[][]> {
  const total = writes.reduce((sum, { bytes }) => sum + bytes, 0);
  const wanted = Math.min(total, BYTES_PER_STATEMENT);
  const budget = (await node.takesForm(wanted)) ? BYTES_PER_STATEMENT : SMALL_STATEMENT_BYTES;
  const rows = Math.min(ROWS_PER_STATEMENT, Math.floor(MAX_ARGUMENTS / ARGUMENTS_PER_ROW));
  const statements: EncodedWrite[][] = [];
  const open = new Map<string, { writes: EncodedWrite[]; bytes: number }>();
  for (const write of writes) {
    const { shape, bytes, operation } = write;
    if (bytes > budget && !(await node.takesForm(bytes))) {
      outcomes.set(operation.opId, tooLarge(bytes));
      continue;
    }
    let at = open.get(shape);
    if (at === undefined || at.writes.length === rows || at.bytes + bytes > budget) {
      at = { writes: [], bytes: 0 };
      open.set(shape, at);
      statements.push(at.writes);
    }
    at.writes.push(write);
    at.bytes += bytes;
  }
  return statements;
}

function tooLarge(bytes: number): BackendOutcome {
  const reason = `It takes ${bytes} bytes as a form, and the node's Jetty takes no such form: raise org.eclipse.jetty.server.Request.maxFormContentSize in the file that its "jettyPath" names.`;
  return { status: "rejected", code: "too-large", reason };
}

/** @returns Those that were missed; the others are in `outcomes`. */
async function writeAll(
  { node, records, writer }: WriteTarget,
  writes: readonly EncodedWrite[],
  outcomes: Map<string, BackendOutcome>,
): Promise<EncodedWrite[]> {
  const missed: EncodedWrite[] = [];
  let open = writes;
  for (let attempt = 1; open.length > 0; attempt++) {
    /** Whether some of `open` may have been written. */
    let isInDoubt = false;
    try {
      const { sql, args } = writeStatement(records, open, writer);
      if ((await updated(node, sql, args)) === open.length) {
        for (const write of open) outcomes.set(write.operation.opId, applied(write));
        return missed;
      }
      isInDoubt = true;
      open = await stillOpen(node, records, open, missed, outcomes);
      isInDoubt = false;
      if (open.length > 0 && attempt === MAX_TRIES) throw overtaken(node.where);
    } catch (error) {
      const outcome = failed(error, isInDoubt || !(error instanceof BackendError && error.nothingWritten));
      for (const { operation } of open) outcomes.set(operation.opId, outcome);
      return missed;
    }
  }
  return missed;
}

const applied = ({ token }: EncodedWrite): BackendOutcome => ({ status: "applied", token });

/** How many rows changed; 0 where some are known to have been left as they were. */
async function updated(node: IgniteNode, sql: string, args: readonly string[]): Promise<number> {
  try {
    return await node.update(sql, args);
  } catch (error) {
    if (isFinished(error)) return 0;
    throw error;
  }
}

/** Those that nothing was done for, and that still can be. */
async function stillOpen(
  node: IgniteNode,
  records: RecordsOf,
  writes: readonly EncodedWrite[],
  missed: EncodedWrite[],
  outcomes: Map<string, BackendOutcome>,
): Promise<EncodedWrite[]> {
  const keys = writes.map(({ operation }) => operation.key);
  const heads = await findHeads(node, records, keys);
  return writes.filter((write) => {
    const { opId, key, expect } = write.operation;
    const token = heads.get(keyText(key))?.token ?? null;
    if (token === expect) return true;
    if (token === write.token) outcomes.set(opId, applied(write));
    else missed.push(write);
    return false;
  });
}

function overtaken(where: string): BackendError {
  return new BackendError(
    "backend-unavailable",
    `${where}: others write to the same records all the time. Try again.`,
  );
}

function failed(error: unknown, isInDoubt: boolean): BackendOutcome {
  const reason = messageOf(error);
  if (isInDoubt) return { status: "unknown", reason };
  return { status: "rejected", code: error instanceof BackendError ? error.code : "internal", reason };
}
