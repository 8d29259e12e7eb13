/** Compare-and-sets of document mode, inside a write transaction of the caller's. */
import type { BackendOutcome, BackendWrite } from "../backend.ts";
import { opIdOf, tokenAfter } from "../tokens.ts";
import type { Cell, SqliteFile } from "./driver.ts";
import { findHeads, findRecord, keyText } from "./find-records.ts";
import { Deleted } from "./record-rows.ts";

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

interface NumberedWrite extends BackendWrite {
  readonly seq: number;
  readonly token: string;
}

/** One outcome an operation, in order. Later operations see earlier ones of the same call. */
export function compareAndSet(target: WriteTarget, operations: readonly BackendWrite[]): BackendOutcome[] {
  const outcomes: BackendOutcome[] = [];
  let creates: NumberedWrite[] = [];
  const flush = (): void => {
    if (creates.length > 0) outcomes.push(...insertAll(target, creates));
    creates = [];
  };
  operations.forEach((operation, i) => {
    const token = tokenAfter(operation.expect, operation.opId);
    const numbered = { ...operation, seq: target.firstSeq + i, token: token ?? "" };
    if (token !== undefined && operation.expect === null) {
      creates.push(numbered);
      if (creates.length === ROWS_PER_INSERT) flush();
      return;
    }
    flush();
    outcomes.push(token === undefined ? missed(target, operation) : update(target, numbered));
  });
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
    const { digest, deleted, body } = columnsOf(create);
    const { key, token, opId, seq } = create;
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
    creates.map(({ key }) => key),
  );
  return creates.map((create) =>
    heads.get(keyText(create.key))?.token === create.token
      ? { status: "applied", token: create.token }
      : missed(target, create),
  );
}

function update(target: WriteTarget, operation: NumberedWrite): BackendOutcome {
  const { key, token, opId, seq, expect } = operation;
  const { digest, deleted, body } = columnsOf(operation);
  const changed = target.file
    .statement(
      `UPDATE ${target.table} SET version = ?, digest = ?, deleted = ?, prevOpId = ?, opId = ?, writer = ?,
        seq = ?, body = ? WHERE key = ? AND version = ?`,
    )
    .run([
      token,
      digest,
      deleted,
      opIdOf(expect ?? "") ?? null,
      opId,
      target.writer,
      seq,
      body,
      key,
      expect ?? "",
    ]);
  if (changed === 1) return { status: "applied", token };
  const current = findRecord(target.file, target.table, key);
  return current.token === token ? { status: "applied", token } : { status: "missed", current };
}
