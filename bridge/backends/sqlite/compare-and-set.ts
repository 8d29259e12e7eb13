/** Compare-and-sets of document mode, inside a write transaction of the caller's. */
import type { BackendOutcome, BackendWrite } from "../backend.ts";
import { Deleted } from "../shared/document-rows.ts";
import { keyText } from "../shared/key-text.ts";
import { opIdOf, tokenAfter } from "../shared/tokens.ts";
import type { Cell, SqliteFile } from "./driver.ts";
import { findHeads, findRecord } from "./find-records.ts";

/** Rows of one INSERT; more does not make it faster (measured 10 to 200). */
const ROWS_PER_INSERT = 100;
const ROW = "(?, ?, ?, ?, ?, ?, ?, ?, ?)";

export interface WriteTarget {
  readonly file: SqliteFile;
  /** Quoted. */
  readonly table: string;
  readonly writer: string;
  /** The sequence number of the first operation; each takes one. */
  readonly firstSeq: number;
}

/** Not spread into the operation: at this rate copying an object costs as much as preparing its row. */
interface NumberedWrite {
  readonly operation: BackendWrite;
  readonly seq: number;
  readonly token: string;
}

/** One outcome an operation, in order. Later operations see earlier ones of the same call. */
export function compareAndSet(target: WriteTarget, operations: readonly BackendWrite[]): BackendOutcome[] {
  const outcomes: BackendOutcome[] = [];
  const updateSql = updateOf(target.table);
  let creates: NumberedWrite[] = [];
  const flush = (): void => {
    if (creates.length > 0) outcomes.push(...insertAll(target, creates));
    creates = [];
  };
  for (const [i, operation] of operations.entries()) {
    const token = tokenAfter(operation.expect, operation.opId);
    const seq = target.firstSeq + i;
    if (token !== undefined && operation.expect === null) {
      creates.push({ operation, seq, token });
      if (creates.length === ROWS_PER_INSERT) flush();
      continue;
    }
    flush();
    outcomes.push(
      token === undefined
        ? missed(target, operation)
        : update(target, updateSql, { operation, seq, token }, operation.expect ?? ""),
    );
  }
  flush();
  return outcomes;
}

function missed(target: WriteTarget, operation: BackendWrite): BackendOutcome {
  return { status: "missed", current: findRecord(target.file, target.table, operation.key) };
}

interface Columns {
  readonly digest: Uint8Array | null;
  readonly deleted: number;
  readonly body: Uint8Array | null;
}

function columnsOf({ write }: BackendWrite): Columns {
  if (write === "delete") return { digest: null, deleted: Deleted.yes, body: null };
  if (write === "absent") return { digest: null, deleted: Deleted.neverThere, body: null };
  return { digest: write.digest, deleted: Deleted.no, body: write.body };
}

function insertAll(target: WriteTarget, creates: readonly NumberedWrite[]): BackendOutcome[] {
  const parameters: Cell[] = [];
  for (const create of creates) {
    const { digest, deleted, body } = columnsOf(create.operation);
    const { key, opId } = create.operation;
    const { token, seq } = create;
    parameters.push(key, token, digest, deleted, opId, null, target.writer, seq, body);
  }
  const changed = target.file
    .statement(
      `INSERT INTO ${target.table} (key, version, digest, deleted, opId, prevOpId, writer, seq, body)
       VALUES ${Array(creates.length).fill(ROW).join(", ")} ON CONFLICT (key) DO NOTHING`,
    )
    .run(parameters);
  if (changed === creates.length) return creates.map(({ token }) => ({ status: "applied", token }));
  // Some keys were taken: by somebody else, or by an earlier try of the same operation.
  const heads = findHeads(
    target.file,
    target.table,
    creates.map(({ operation }) => operation.key),
  );
  return creates.map(({ operation, token }) =>
    heads.get(keyText(operation.key))?.token === token
      ? { status: "applied", token }
      : missed(target, operation),
  );
}

const updateOf = (table: string): string =>
  `UPDATE ${table} SET version = ?, digest = ?, deleted = ?, prevOpId = ?, opId = ?, writer = ?, seq = ?, body = ?
   WHERE key = ? AND version = ?`;

/** @param expect The version that must be there. */
function update(
  { file, table, writer }: WriteTarget,
  sql: string,
  { operation, seq, token }: NumberedWrite,
  expect: string,
): BackendOutcome {
  const { key, opId } = operation;
  const { digest, deleted, body } = columnsOf(operation);
  const before = opIdOf(expect) ?? null;
  const changed = file
    .statement(sql)
    .run([token, digest, deleted, before, opId, writer, seq, body, key, expect]);
  if (changed === 1) return { status: "applied", token };
  const current = findRecord(file, table, key);
  return current.token === token ? { status: "applied", token } : { status: "missed", current };
}
